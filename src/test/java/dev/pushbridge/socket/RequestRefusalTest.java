package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.testkit.Json;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Every way a request can be refused does happen, is answered in so many words, and is counted once. */
final class RequestRefusalTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TLS") // TlsIT, which has certificates
    void everyRefusalIsAnsweredAndCounted(RequestRefusal refusal) {
        try (TestNode node = nodeFor(refusal)) {
            Raw.Answer answer = provoke(refusal, node);
            if (answer != null) {
                assertThat(answer.status()).isEqualTo(refusal.status());
                JsonNode body = Json.parse(answer.body());
                assertThat(body.path("code").asInt()).isEqualTo(refusal.code());
                assertThat(body.path("message").asString()).isEqualTo(refusal.message());
            }
            for (RequestRefusal other : RequestRefusal.values()) {
                assertThat(node.refused(other)).as(other.word()).isEqualTo(other == refusal ? 1 : 0);
            }
        }
    }

    /** Null where a connection is closed without an answer. */
    private static Raw.@Nullable Answer provoke(RequestRefusal refusal, TestNode node) {
        int port = node.port();
        return switch (refusal) {
            case PATH -> Raw.ask(port, "GET", "/socket.io/x?EIO=4&transport=polling");
            case TRANSPORT -> Raw.ask(port, "GET", "/socket.io/?EIO=4&transport=pigeon");
            case SID -> Raw.ask(port, "GET", Raw.POLLING + "&sid=abc");
            case METHOD -> Raw.ask(port, "PUT", Raw.POLLING);
            case BAD_REQUEST -> {
                try (Raw raw = Raw.to(port).send("\u0016\u0003\u0001 what is this?\r\n\r\n")) {
                    yield raw.answer();
                }
            }
            case PAYLOAD -> Raw.post(port, Raw.POLLING + Raw.poller(port), "9");
            case OVERLAP -> {
                try (Talker.OnPolling poller = (Talker.OnPolling) Talker.onPolling(node)) {
                    yield poller.pollBesides();
                }
            }
            case ORIGIN -> Raw.ask(port, "GET", Raw.POLLING, "Origin: https://evil.example");
            case VERSION -> Raw.ask(port, "GET", "/socket.io/?EIO=2&transport=polling");
            case JSONP -> Raw.ask(port, "GET", Raw.POLLING + "&j=0");
            case WEBSOCKET_VERSION -> {
                try (Raw raw = Raw.to(port)) {
                    yield raw.upgrade(Raw.WEBSOCKET, "Sec-WebSocket-Version: 8");
                }
            }
            case BODY_SIZE -> Raw.post(port, Raw.POLLING + Raw.poller(port), "4" + "x".repeat(1024));
            case HEADER_SIZE -> Raw.ask(port, "GET", Raw.POLLING, "X: " + "x".repeat(1024));
            case TLS -> throw new AssertionError(refusal);
            case TIMEOUT -> {
                try (Raw raw = Raw.to(port).send("GET ")) {
                    Raw.Answer answer = raw.answer();
                    assertThat(raw.isClosed()).isTrue();
                    yield answer;
                }
            }
            case UPGRADE -> {
                try (Raw raw = Raw.webSocket(port, Raw.WEBSOCKET + Raw.poller(port))) {
                    assertThat(raw.text("2prob").next()).isEqualTo("<close 1002 protocol>");
                    yield null;
                }
            }
            case CONNECTIONS, ADDRESS -> {
                try (Raw first = Raw.to(port)) {
                    first.request("OPTIONS", Raw.POLLING, "").answer(); // it is in
                    try (Raw second = Raw.to(port)) {
                        assertThat(second.isClosed()).isTrue();
                    }
                    yield null;
                }
            }
            case HANDSHAKES -> {
                Raw.Answer answer = Raw.ask(port, "GET", Raw.POLLING);
                for (int i = 0; i < 100 && answer.status() == 200; i++) {
                    answer = Raw.ask(port, "GET", Raw.POLLING);
                }
                yield answer;
            }
            case STOPPING -> whileStopping(node);
        };
    }

    /** A client that was here before begins another session while those that are open are paced out. */
    private static Raw.Answer whileStopping(TestNode node) {
        try (Raw connection = Raw.to(node.port())) {
            assertThat(connection.request("OPTIONS", Raw.POLLING, "").answer().status())
                    .isEqualTo(204);
            for (int i = 0; i < 64; i++) {
                Raw.poller(node.port());
            }
            new Thread(node.server()::stop).start();
            await("no more connections").pollInterval(Duration.ofMillis(10)).until(() -> isRefused(node.port()));
            return connection.request("GET", Raw.POLLING, "").answer();
        }
    }

    private static boolean isRefused(int port) {
        try (Raw raw = Raw.to(port)) {
            return raw.patience(Duration.ofMillis(100)).isClosed();
        } catch (UncheckedIOException refused) {
            return true;
        }
    }

    private static TestNode nodeFor(RequestRefusal refusal) {
        return switch (refusal) {
            case ORIGIN -> TestNode.with("origins", "https://good.example");
            case BODY_SIZE -> TestNode.with("max-payload", "1KB");
            case HEADER_SIZE -> TestNode.with("limits.header-size", "1KB");
            case TIMEOUT -> TestNode.with("limits.request-timeout", "300ms");
            case CONNECTIONS -> TestNode.with("limits.connections", "1");
            case ADDRESS -> TestNode.with("limits.connections-per-address", "1");
            case HANDSHAKES -> TestNode.with("limits.handshakes-per-second", "3");
            case STOPPING -> TestNode.with("shutdown-grace", "3s");
            default -> TestNode.with();
        };
    }
}
