package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pages may connect: the rule, and the rule at each of the doors. */
final class OriginsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String POLLING = "/socket.io/?EIO=4&transport=polling";

    @ParameterizedTest(name = "{0}: {1} asks {2}")
    @CsvSource(delimiter = '|', textBlock = """
            # without a list: the host that is asked, on any port
                                              | http://push.example.com:8080   | push.example.com:4001 | true
                                              | https://push.example.com       | push.example.com      | true
                                              | https://PUSH.example.com       | push.EXAMPLE.com      | true
                                              | http://[::1]:8080              | [::1]:4001            | true
                                              | https://example.com            | push.example.com      | false
                                              | https://push.example.com.evil  | push.example.com      | false
                                              | https://push.example.com@evil  | push.example.com      | false
                                              | https://evil                   |                       | false
                                              | null                           | push.example.com      | false
                                              | null                           | null                  | false
                                              | file://                        |                       | false
                                              | data://push.example.com        | push.example.com      | false
            *                                 | https://evil                   | push.example.com      | true
            *                                 | null                           | push.example.com      | true
            https://example.com               | https://example.com            | push.example.com      | true
            https://example.com               | https://push.example.com       | push.example.com      | false
            https://example.com               | http://example.com             | push.example.com      | false
            https://example.com               | https://example.com:8443       | push.example.com      | false
            https://example.com               | https://example.com.evil       | push.example.com      | false
            https://*.example.com             | https://a.example.com          | push.example.com      | true
            https://*.example.com             | https://a.b.example.com        | push.example.com      | true
            https://*.example.com             | https://example.com            | push.example.com      | false
            https://*.example.com             | https://.example.com           | push.example.com      | false
            https://*.example.com             | https://badexample.com         | push.example.com      | false
            https://*.example.com             | http://a.example.com           | push.example.com      | false
            https://*.example.com             | https://a.example.com:8443     | push.example.com      | false
            https://*.example.com             | https://a.example.com.evil     | push.example.com      | false
            https://*.example.com             | https://evil/.example.com      | push.example.com      | false
            https://*.example.com             | https://evil@x.example.com     | push.example.com      | false
            https://*.example.com:8443        | https://a.example.com:8443     | push.example.com      | true
            https://a.org,https://*.b.org     | https://c.b.org                | push.example.com      | true
            """)
    void pageMayConnect(@Nullable String list, String origin, @Nullable String host, boolean allowed) {
        Origins origins = new Origins(list == null ? List.of() : List.of(list.split(",")));
        HttpHeaders request = new DefaultHttpHeaders().set("Origin", origin);
        if (host != null) {
            request.set("Host", host);
        }

        assertThat(origins.allow(request)).isEqualTo(allowed);
        assertThat(origins.readerOf(request, EngineIOVersion.V4) != null).isEqualTo(allowed);
    }

    @Test
    void twoOriginsAreNoPage() {
        HttpHeaders request = new DefaultHttpHeaders()
                .set("Host", "push.example.com")
                .add("Origin", "https://push.example.com")
                .add("Origin", "https://evil");

        assertThat(new Origins(List.of()).allow(request)).isFalse();
    }

    @Test
    void handshakePollAndUpgradeFromAnotherPageAreRefused() {
        SocketServer server = SuiteServer.of(TestSettings.with("shutdown-grace", "0s"));
        server.start();
        try {
            String own = "http://127.0.0.1:8080";
            HttpResponse<String> opened = get(server, POLLING, own);
            assertThat(opened.statusCode()).isEqualTo(200);
            assertThat(opened.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue(own);
            assertThat(opened.headers().firstValue("Vary")).hasValue("Origin");
            String sid = opened.body().replaceFirst(".*\"sid\":\"([^\"]+)\".*", "$1");

            assertThat(get(server, POLLING, "https://evil.example").statusCode())
                    .isEqualTo(403);
            HttpResponse<String> poll = get(server, POLLING + "&sid=" + sid, "https://evil.example");
            assertThat(poll.statusCode()).isEqualTo(403);
            assertThat(poll.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
            assertThat(poll.body()).doesNotContain("evil");
            assertThat(upgradeStatus(server, "&sid=" + sid, "https://evil.example"))
                    .isEqualTo(403);
            assertThat(upgradeStatus(server, "", "https://evil.example")).isEqualTo(403);
            assertThat(upgradeStatus(server, "", "null")).isEqualTo(403);

            assertThat(upgradeStatus(server, "", own)).isEqualTo(101);
            assertThat(get(server, POLLING, null).statusCode()).isEqualTo(200);
        } finally {
            server.stop();
        }
    }

    private static HttpResponse<String> get(SocketServer server, String pathAndQuery, @Nullable String origin) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + pathAndQuery))
                .timeout(Duration.ofSeconds(10));
        if (origin != null) {
            request.header("Origin", origin);
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .join();
    }

    private static int upgradeStatus(SocketServer server, String query, String origin) {
        URI uri = URI.create("ws://127.0.0.1:" + server.port() + "/socket.io/?EIO=4&transport=websocket" + query);
        try {
            HTTP.newWebSocketBuilder()
                    .header("Origin", origin)
                    .buildAsync(uri, new WebSocket.Listener() {})
                    .join()
                    .abort();
            return 101;
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
    }
}
