package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Browser;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Script;
import java.io.BufferedReader;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The stock clients' builds for browsers, in a browser. {@code src/test/js/browser-clients.mjs} is their page. */
final class BrowserIT {
    private static final int PUSHES = 200;

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("push.socket.path", "/ws/socket.io"));

    private static final SocketServer echo =
            SuiteServer.of(TestSettings.with("limits.packets-per-second", "0", "shutdown-grace", "0s"));
    private static final SocketServer openEcho =
            SuiteServer.of(TestSettings.with("origins", "*", "limits.packets-per-second", "0", "shutdown-grace", "0s"));

    @BeforeAll
    static void start() {
        echo.start();
        openEcho.start();
    }

    @AfterAll
    static void stop() {
        echo.stop();
        openEcho.stop();
    }

    @Test
    void clientsOfThreeGenerationsDoInABrowserWhatTheyDoInNode() throws Exception {
        Process pages = Script.start(
                "browser-clients.mjs",
                Browser.executable(),
                url(echo.port()),
                url(openEcho.port()),
                url(bridge.socketPort()));
        try (BufferedReader news = pages.inputReader(UTF_8)) {
            assertThat(news.readLine()).isEqualTo("{\"loggedIn\":9}");
            List<String> texts = IntStream.range(0, PUSHES)
                    .mapToObj(i -> i + " \u00e9\ud83d\ude00")
                    .toList();
            bridge.topic()
                    .sendAll(texts.stream()
                            .map(text -> "{\"tokens\":[\"anna\"],\"data\":\"" + text + "\"}")
                            .toList());

            JsonNode said = Json.parse(news.readLine());
            assertThat(said.path("problems"))
                    .as("what the browser complained of")
                    .isEmpty();
            for (int generation = 2; generation <= 4; generation++) {
                for (String travel : List.of("websocket", "polling", "upgrade")) {
                    JsonNode seen = said.path("seen").path(generation + " " + travel);
                    assertThat(conversation(seen))
                            .as("%d by %s", generation, travel)
                            .isEqualTo(conversationBy(travel.equals("polling") ? "polling" : "websocket"));
                    assertThat(seen.path("login").path("ok").asBoolean()).isTrue();
                    assertThat(seen.path("pushes").valueStream().map(JsonNode::asString))
                            .containsExactlyElementsOf(texts);
                }
                assertThat(conversation(said.path("seen").path(generation + " from another site")))
                        .isEqualTo(conversationBy("polling"));
            }
        } finally {
            pages.destroy();
        }
    }

    private static JsonNode conversation(JsonNode seen) {
        return Json.parse(Json.write(Map.of(
                "ack", seen.path("ack"),
                "answer", seen.path("answer"),
                "transport", seen.path("transport"),
                "large", seen.path("large"),
                "bytes", seen.path("bytes"),
                "left", seen.path("left"))));
    }

    private static JsonNode conversationBy(String transport) {
        return Json.parse("""
                {"ack":"\u00e9\ud83d\ude00","answer":["ready!"],"transport":"%s","large":true,"bytes":[0,4,30,255],
                 "left":"io client disconnect"}""".formatted(transport));
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }
}
