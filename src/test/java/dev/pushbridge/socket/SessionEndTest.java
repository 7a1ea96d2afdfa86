package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Every way a session can end does happen, is told to the client in so many words, and is counted once. */
final class SessionEndTest {
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            // the last two: JwtIT, which has tokens
            names = {"POLL_OVERLAP", "EXPIRED", "REVOKED"})
    void everyEndIsToldOnAWebSocket(SessionEnd end) {
        try (TestNode node = nodeFor(end);
                Logs logs = quietIf(end);
                Talker client = Talker.onWebSocket(node)) {
            provoke(end, node, client);
            if (end != SessionEnd.CONNECTION_LOST) {
                assertThat(client.told()).isEqualTo("<close " + end.closeCode() + " " + end.word() + ">");
            }
            client.hangUp();
            assertOnly(end, node);
            assertThat(logs.lines().stream().filter(line -> line.contains("Exception")))
                    .as("faults of ours in the log")
                    .hasSize(end == SessionEnd.INTERNAL ? 1 : 0);
        }
    }

    /** Polling has one word for all: the Engine.IO packet {@code close}; a noop for who said goodbye. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            // TOO_LARGE: the request is refused before, body_size
            names = {"TOO_LARGE", "EXPIRED", "REVOKED"})
    void everyEndIsToldToAPoll(SessionEnd end) {
        try (TestNode node = nodeFor(end);
                Logs logs = quietIf(end);
                Talker client = Talker.onPolling(node)) {
            provoke(end, node, client);
            switch (end) {
                case CONNECTION_LOST -> {}
                case CLIENT_CLOSE -> assertThat(client.told()).isEqualTo("6");
                // It does not poll; when it does at last, its session is not known any more.
                case SLOW, SUPERSEDED -> assertThat(client.told()).isEqualTo("400");
                default -> assertThat(client.told()).isEqualTo("1");
            }
            client.hangUp();
            assertOnly(end, node);
            assertThat(logs.lines().stream().filter(line -> line.contains("Exception")))
                    .as("faults of ours in the log")
                    .hasSize(end == SessionEnd.INTERNAL ? 1 : 0);
        }
    }

    private static void provoke(SessionEnd end, TestNode node, Talker client) {
        if (end != SessionEnd.CONNECT_TIMEOUT) {
            client.join("");
        }
        switch (end) {
            case CLIENT_CLOSE -> client.send("1");
            case CONNECTION_LOST -> client.lose();
            case PING_TIMEOUT, CONNECT_TIMEOUT, LOGIN_TIMEOUT -> {} // and nothing more
            case SLOW -> {
                client.send("42[\"user_login\",{\"tokenId\":\"anna\"}]");
                await("login").until(() -> node.push("anna", "x".repeat(60_000)) == 1);
                await("end").pollInterval(Duration.ofMillis(1)).until(() -> node.push("anna", "x".repeat(60_000)) == 0);
            }
            case POLL_OVERLAP ->
                assertThat(((Talker.OnPolling) client).pollBesides().status()).isEqualTo(400);
            case PROTOCOL -> client.send("9");
            case NOT_UTF8 -> client.send(new byte[] {'4', (byte) 0xC0});
            case TOO_LARGE -> client.send("4" + "x".repeat(1024));
            case FLOOD -> {
                await("more than 20 in a second")
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> {
                            client.send("42[\"e\"]");
                            return node.ended(end) == 1;
                        });
            }
            case NAMESPACES -> {
                client.join("/a,");
                client.send("40/b,");
            }
            case EXPIRED, REVOKED -> throw new AssertionError(end);
            case SUPERSEDED -> {
                client.send("42[\"user_login\",{\"tokenId\":\"anna\"}]");
                await("login").until(() -> node.registry().sessionsOf("anna").length == 1);
                node.registry().sessionsOf("anna")[0].end(end);
            }
            // Of topic 7, which has nothing in partition 0, it has the first record.
            case TOO_EARLY -> client.send("42[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"AQAAAAcBAg\"}]");
            case SHUTDOWN -> new Thread(node.server()::stop).start();
            case INTERNAL -> client.send("42[\"fail\"]");
        }
    }

    private static TestNode nodeFor(SessionEnd end) {
        List<String> settings = new ArrayList<>(List.of("max-payload", "1KB", "backlog-size", "64KB"));
        settings.addAll(List.of("limits.namespaces", "2", "limits.packets-per-second", "20"));
        if (end == SessionEnd.PING_TIMEOUT) {
            settings.addAll(List.of("ping-interval", "1500ms", "ping-timeout", "300ms"));
        }
        settings.addAll(List.of("limits.connect-timeout", end == SessionEnd.CONNECT_TIMEOUT ? "500ms" : "45s"));
        settings.addAll(List.of("limits.login-timeout", end == SessionEnd.LOGIN_TIMEOUT ? "2s" : "0s"));
        String[] all = settings.toArray(String[]::new);
        return switch (end) {
            case NAMESPACES, INTERNAL -> TestNode.of(new Faulty(), all);
            default -> TestNode.with(all);
        };
    }

    /** A fault of ours is logged with its stack, as it should be. */
    private static Logs quietIf(SessionEnd end) {
        return end == SessionEnd.INTERNAL ? Logs.taken() : Logs.copied();
    }

    private static void assertOnly(SessionEnd end, TestNode node) {
        await(end.word()).untilAsserted(() -> assertThat(node.ended(end)).isEqualTo(1));
        for (SessionEnd other : SessionEnd.values()) {
            assertThat(node.ended(other)).as(other.word()).isEqualTo(other == end ? 1 : 0);
        }
        if (end != SessionEnd.SHUTDOWN) {
            node.awaitNobody();
        }
    }

    /** Lets everybody in everywhere, and fails at an event. */
    private static final class Faulty implements SocketApplication {
        @Override
        public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
            admission.letIn();
        }

        @Override
        public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
            throw new IllegalStateException("a fault on purpose");
        }
    }
}
