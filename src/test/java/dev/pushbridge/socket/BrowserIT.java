package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Browser;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("push.socket.path", "/ws/socket.io"));

    private static final SocketServer echo =
            SuiteServer.of(TestSettings.with("limits.packets-per-second", "0", "shutdown-grace", "0s"));
    private static final SocketServer openEcho =
            SuiteServer.of(TestSettings.with("origins", "*", "limits.packets-per-second", "0", "shutdown-grace", "0s"));

    /** Misses within 10 s a client that is cut off between two polls. */
    private static final SocketServer attentive =
            SuiteServer.of(TestSettings.with("ping-interval", "2s", "ping-timeout", "8s", "shutdown-grace", "0s"));

    private static final List<SocketServer> SERVERS = List.of(echo, openEcho, attentive);

    @BeforeAll
    static void start() {
        SERVERS.forEach(SocketServer::start);
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(SocketServer::stop);
    }

    @Test
    void clientsOfThreeGenerationsDoInABrowserWhatTheyDoInNode() throws Exception {
        try (Forwarder door = new Forwarder("127.0.0.1:" + attentive.port())) {
            door.open();
            Process pages = Script.start(
                    "browser-clients.mjs",
                    Browser.executable(),
                    url(echo.port()),
                    url(openEcho.port()),
                    "http://" + door.address(),
                    url(bridge.socketPort()));
            try (BufferedReader news = pages.inputReader(UTF_8)) {
                assertThat(news.readLine()).isEqualTo("{\"atTheDoor\":9}");
                assertThat(attentive.sessions()).isEqualTo(9);
                door.cut();
                assertThat(news.readLine()).isEqualTo("{\"noticed\":9}");
                await("the server to have noticed, too")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> attentive.sessions() == 0);
                door.mend("127.0.0.1:" + attentive.port());

                assertThat(news.readLine()).isEqualTo("{\"loggedIn\":9}");
                List<String> pushed = push(news);

                JsonNode said = Json.parse(news.readLine());
                assertThat(said.path("problems"))
                        .as("what the browser complained of")
                        .isEmpty();
                for (int generation = 2; generation <= 4; generation++) {
                    for (String travel : List.of("websocket", "polling", "upgrade")) {
                        String client = generation + " " + travel;
                        String transport = travel.equals("polling") ? "polling" : "websocket";
                        assertSaw(said.path("seen").path(client), client, transport, pushed);
                    }
                    JsonNode guest = said.path("seen").path(generation + " from another site");
                    assertThat(guest.path("conversation")).isEqualTo(conversationBy("polling"));
                }
            } finally {
                pages.destroy();
            }
        }
    }

    /** In bursts, and at last a large one. Returns what each client is to get. */
    private static List<String> push(BufferedReader news) throws IOException {
        List<String> pushed = new ArrayList<>();
        for (int size : List.of(49, 50, 51, 200, 5000)) {
            List<String> texts = IntStream.range(0, size)
                    .mapToObj(i -> size + "/" + i + " \u00e9\ud83d\ude00")
                    .toList();
            bridge.topic()
                    .sendAll(texts.stream()
                            .map(text -> "{\"tokens\":[\"anna\"],\"data\":\"" + text + "\"}")
                            .toList());
            assertThat(news.readLine()).isEqualTo("{\"pushed\":" + size + "}");
            pushed.addAll(texts);
        }
        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"" + "\u00e9".repeat(250_000) + "\"}");
        assertThat(news.readLine()).isEqualTo("{\"pushed\":1}");
        pushed.add("half a megabyte");
        return pushed;
    }

    private static void assertSaw(JsonNode seen, String client, String transport, List<String> pushed) {
        assertThat(seen.path("conversation")).as(client).isEqualTo(conversationBy(transport));
        assertThat(seen.path("namespaces")).as(client).isEqualTo(Json.parse("""
                [["/custom",{"token":"\u00e9\ud83d\ude00 &?="}],"Invalid namespace"]"""));
        assertThat(seen.path("end").asString()).as(client).matches("transport (close|error)");
        assertThat(seen.path("return")).as(client).isEqualTo(Json.parse("{\"isNew\":true,\"answer\":\"again\"}"));
        assertThat(seen.path("login").path("ok").asBoolean()).as(client).isTrue();
        assertThat(seen.path("pushes").valueStream().map(JsonNode::asString))
                .as(client)
                .containsExactlyElementsOf(pushed);
    }

    private static JsonNode conversationBy(String transport) {
        return Json.parse("""
                {"values":[-2.5,true,"",null,[1,[2,[]]],{"a":{"b":null}},"\u00e4\u2028 \ud83d\udc4b\ud83c\udffd"],
                 "ack":"\u00e9\ud83d\ude00","answer":["ready!"],"transport":"%s","large":true,
                 "bytes":[[0,4,30,255],"text",20000,[0,4,30,255]],"left":"io client disconnect"}""".formatted(transport));
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }
}
