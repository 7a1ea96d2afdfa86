package dev.pushbridge.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The README's JavaScript, run as it is printed, with the stock client of npm. */
final class SnippetsIT {
    private static final int BURST = 200;
    private static final String RECORD = "{\"tokens\":[\"anna\"],\"entityType\":\"post\",\"data\":\"seen\"}";

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic();

    @Test
    void stockClientIsAllThatItTakes() throws Exception {
        assertThat(shown(snippet("replaced: false"), "socket.on('receive_message', show);")
                        .path("data")
                        .asString())
                .isEqualTo("seen");
    }

    @Test
    void pushesGetIntoAReduxStore() throws Exception {
        JsonNode state = shown(snippet("NEW_SOCKET_MSG"), "store.subscribe(() => show(store.getState()));");
        assertThat(state.path(0).path("data").asString()).isEqualTo("seen");
        assertThat(state.path(0).path("entityType").asString()).isEqualTo("post");
    }

    /** A poll that is on its way must not cost an acknowledgement. */
    @Test
    void everyPushOfABurstIsAcknowledgedByPollingToo() throws Exception {
        String script = """
                import { io } from "socket.io-client-v4";
                const socket = io("http://127.0.0.1:%d", { transports: ["polling"] });
                socket.on("connect", () => socket.emit("user_login", { tokenId: "anna", userId: "1" }));
                process.stdin.resume().on("end", () => socket.disconnect());
                """.formatted(bridge.socketPort());
        Process node = Script.start("--input-type=module", "--eval", script + snippet("message_received"));
        try {
            bridge.await(Meters.SESSIONS, 1);
            bridge.topic().sendAll(Collections.nCopies(BURST, RECORD));
            bridge.await(Meters.ACKNOWLEDGEMENTS, BURST);
            node.outputWriter().close();
            assertThat(node.waitFor(20, SECONDS)).as("the client left").isTrue();
        } finally {
            node.destroy();
        }
    }

    /** Runs a snippet until it shows something, which is what one record leads to. */
    private static JsonNode shown(String snippet, String ending) throws IOException {
        String script = snippet.replace("https://push.example.com", "http://127.0.0.1:" + bridge.socketPort())
                        .replace("\"socket.io-client\"", "\"socket.io-client-v4\"")
                + "function show(value) { console.log(JSON.stringify(value)); process.exit(); }\n" + ending;
        Process node = Script.start("--input-type=module", "--eval", script);
        try (BufferedReader output = node.inputReader(UTF_8)) {
            bridge.await(Meters.SESSIONS, 1);
            bridge.topic().send(RECORD);
            return Json.parse(output.readLine());
        } finally {
            node.destroy();
        }
    }

    /** The README's one block of JavaScript with the text in it. */
    private static String snippet(String text) throws IOException {
        return Pattern.compile("(?ms)^```js\n(.*?)^```$")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains(text))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no block of JavaScript with " + text));
    }
}
