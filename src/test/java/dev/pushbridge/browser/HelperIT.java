package dev.pushbridge.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Browser;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Script;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The helper in a real browser, two tabs of one person, of which one logs in with its connect too. {@code src/test/js/helper.mjs} does what the person does. */
final class HelperIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("push.page.enabled", true, "push.api.enabled", true));

    @Test
    void everyTabHasEveryMessageOneHasTheToastAllHearWhatWasReadAndAReloadLosesNothing() throws Exception {
        JsonNode seen = Json.parse(Script.run(
                "helper.mjs", Browser.executable(), "http://127.0.0.1:" + bridge.webPort(), bridge.socketPort()));

        assertThat(seen.path("problems")).as("what the browser complained of").isEmpty();
        assertThat(texts(seen.path("first").path("messages"))).containsExactly("one", "two", "three");
        assertThat(texts(seen.path("second").path("messages"))).containsExactly("one", "two");
        assertThat(texts(seen.path("reloaded").path("messages"))).containsExactly("three", "four");

        assertThat(texts(seen.path("second").path("toasts")))
                .as("looked at last")
                .containsExactly("one");
        assertThat(texts(seen.path("first").path("toasts")))
                .as("looked at since")
                .containsExactly("two", "three");
        assertThat(texts(seen.path("reloaded").path("toasts")))
                .as("three was shown, and the first tab is gone")
                .containsExactly("four");

        JsonNode connect = seen.path("connect");
        assertThat(connect.path("tokenId").asString()).isEqualTo("anna");
        assertThat(connect.path("mark").asString()).as("put into auth since").isEqualTo("fresh");
        assertThat(connect.path("cursor").asString()).isNotEmpty();
        JsonNode auths = seen.path("auths");
        for (String way : List.of("changed", "replaced", "frozen", "called", "wrapped", "back")) {
            assertThat(auths.path(way).path("cursor")).as(way).isEqualTo(connect.path("cursor"));
        }
        assertThat(auths.path("replaced").path("mark").asString()).isEqualTo("another");
        assertThat(auths.path("called").path("mark").asString()).isEqualTo("called");
        assertThat(auths.path("left")).as("after close").isEqualTo(Json.parse("{\"mark\": \"last\"}"));

        assertThat(texts(seen.path("first").path("read"))).containsExactly("two");
        assertThat(texts(seen.path("second").path("read"))).containsExactly("two");
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
