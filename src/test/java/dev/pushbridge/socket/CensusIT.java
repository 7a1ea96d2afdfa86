package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.corundumstudio.socketio.SocketIOServer;
import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.test.util.ReflectionTestUtils;

/** After a storm of every kind of coming and going everything is as it was. */
final class CensusIT {
    private static final int STORM = 20_000;
    /** Clients at the same time. */
    private static final int CROWD = 16;

    /** What a node holds. Of direct memory, what is in use; the allocator keeps the rest for the next. */
    private record Census(
            int sessions,
            int ids,
            int deadlines,
            long connections,
            int logins,
            int tokens,
            long backlogBytes,
            long directBytes,
            int clientsOfTheLibrary,
            int namespacesOfTheLibrary) {
        static Census of(TestNode node) throws Exception {
            SocketIOServer library =
                    (SocketIOServer) requireNonNull(ReflectionTestUtils.getField(node.server(), "server"));
            int deadlines = 0;
            for (Loop loop : node.front().loops().all()) {
                deadlines += loop.executor()
                        .submit(() -> {
                            List<Wheel.Entry> entries = new ArrayList<>();
                            loop.wheel().forEach(entries::add);
                            return entries.size();
                        })
                        .get();
            }
            return new Census(
                    node.server().sessions(),
                    node.front().sessions().size(),
                    deadlines,
                    node.connections(),
                    node.registry().sessionCount(),
                    node.registry().tokenCount(),
                    node.backlogBytes(),
                    PooledByteBufAllocator.DEFAULT.pinnedDirectMemory(),
                    library.getAllClients().size(),
                    library.getAllNamespaces().size());
        }
    }

    private enum Visit {
        WEBSOCKET_WITH_GOODBYE,
        WEBSOCKET_CLOSED,
        WEBSOCKET_CUT,
        WEBSOCKET_LOGGED_IN_CUT,
        WEBSOCKET_AGAINST_THE_PROTOCOL,
        WEBSOCKET_THAT_DOES_NOT_READ,
        POLLING_WITH_GOODBYE,
        POLLING_LEFT,
        POLLING_LOGGED_IN_CUT,
        GOODBYE_AND_POLL_AT_ONCE,
        UPGRADE,
        UPGRADE_CUT_AFTER_THE_PROBE,
        UPGRADE_LEFT,
        HALF_REQUEST,
        HALF_BODY,
        REFUSED;

        void pay(TestNode node) {
            switch (this) {
                case WEBSOCKET_WITH_GOODBYE -> {
                    try (Raw raw = Raw.connected(node.port())) {
                        assertThat(raw.text("1").isClosed()).isTrue();
                    }
                }
                case WEBSOCKET_CLOSED -> {
                    try (Raw raw = Raw.connected(node.port())) {
                        assertThat(raw.frame(0x88, new byte[] {3, (byte) 0xE8}).isClosed())
                                .isTrue();
                    }
                }
                case WEBSOCKET_CUT -> Raw.connected(node.port()).reset();
                case WEBSOCKET_LOGGED_IN_CUT -> {
                    Raw raw = Raw.connected(node.port());
                    raw.text(login(1)).next();
                    raw.reset();
                }
                case WEBSOCKET_AGAINST_THE_PROTOCOL -> {
                    try (Raw raw = Raw.connected(node.port())) {
                        assertThat(raw.text("42{").next()).isEqualTo("<close 1002 protocol>");
                    }
                }
                case WEBSOCKET_THAT_DOES_NOT_READ -> {
                    Raw raw = Raw.lazyTo(node.port());
                    raw.upgrade(Raw.WEBSOCKET);
                    raw.text("40").text(login(2));
                    node.push("user2", "x".repeat(10_000));
                    raw.reset();
                }
                case POLLING_WITH_GOODBYE ->
                    polling(node, (raw, url) -> {
                        raw.request("POST", url, "1").answer();
                        raw.request("GET", url, "").answer();
                    });
                case POLLING_LEFT -> polling(node, (raw, url) -> {});
                case POLLING_LOGGED_IN_CUT ->
                    polling(node, (raw, url) -> {
                        raw.request("POST", url, "40").answer();
                        raw.request("GET", url, "").answer();
                        raw.request("POST", url, login(3)).answer();
                        raw.request("GET", url, "").answer();
                        raw.request("GET", url, "").reset();
                    });
                case GOODBYE_AND_POLL_AT_ONCE ->
                    polling(node, (raw, url) -> {
                        try (Raw other = Raw.to(node.port())) {
                            raw.request("POST", url, "1");
                            other.request("GET", url, "").answer();
                            raw.answer();
                        }
                    });
                case UPGRADE ->
                    polling(
                            node,
                            (raw, url) -> upgrade(node, url, webSocket -> {
                                assertThat(webSocket.text("2probe").next()).isEqualTo("3probe");
                                assertThat(webSocket.text("5").text("40").next())
                                        .startsWith("40{");
                            }));
                case UPGRADE_CUT_AFTER_THE_PROBE ->
                    polling(
                            node,
                            (raw, url) -> upgrade(
                                    node,
                                    url,
                                    webSocket -> assertThat(
                                                    webSocket.text("2probe").next())
                                            .isEqualTo("3probe")));
                case UPGRADE_LEFT ->
                    polling(node, (raw, url) -> Raw.webSocket(node.port(), url.replace("polling", "websocket")));
                case HALF_REQUEST -> Raw.to(node.port()).send("GET " + Raw.POLLING + " HT");
                case HALF_BODY ->
                    Raw.to(node.port()).send("POST " + Raw.POLLING + " HTTP/1.1\r\nContent-Length: 9\r\n\r\nab");
                case REFUSED -> {
                    try (Raw raw = Raw.to(node.port())) {
                        assertThat(raw.request("GET", "/socket.io/?EIO=1&transport=polling", "")
                                        .answer()
                                        .status())
                                .isEqualTo(400);
                        raw.reset();
                    }
                }
            }
        }

        private static String login(int user) {
            return "420[\"user_login\",{\"tokenId\":\"user" + user + "\"}]";
        }

        private interface Deed {
            void on(Raw raw, String url);
        }

        private static void polling(TestNode node, Deed deed) {
            Raw raw = Raw.to(node.port());
            String url = Raw.POLLING + "&sid="
                    + Raw.idIn(raw.request("GET", Raw.POLLING, "").answer().body());
            deed.on(raw, url);
            raw.reset();
        }

        private static void upgrade(TestNode node, String url, Consumer<Raw> deed) {
            Raw webSocket = Raw.webSocket(node.port(), url.replace("polling", "websocket"));
            deed.accept(webSocket);
            webSocket.reset();
        }
    }

    @Test
    void nothingIsLeftOfTwentyThousandVisits() throws Exception {
        try (TestNode node = TestNode.with(
                "ping-interval", "3s",
                "ping-timeout", "2s",
                "limits.request-timeout", "3s",
                "limits.upgrade-timeout", "3s",
                "limits.handshakes-per-second", "0")) {
            Visit.WEBSOCKET_WITH_GOODBYE.pay(node);
            node.awaitNobody();
            await("quiet").until(() -> Census.of(node).deadlines() == 0);
            Census before = Census.of(node);

            storm(node);

            await("everything as it was")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(Census.of(node)).isEqualTo(before));
            assertThat(node.ended(SessionEnd.INTERNAL)).isZero();
            assertThat(before.sessions()).isZero();
            assertThat(before.directBytes()).isLessThan(1 << 20);
        }
    }

    private static void storm(TestNode node) throws Exception {
        ExecutorService crowd = Executors.newFixedThreadPool(CROWD);
        try {
            List<Future<?>> visits = new ArrayList<>();
            for (int i = 0; i < STORM; i++) {
                Visit visit = Visit.values()[i % Visit.values().length];
                visits.add(crowd.submit(() -> visit.pay(node)));
            }
            for (Future<?> visit : visits) {
                visit.get(60, TimeUnit.SECONDS);
            }
        } finally {
            crowd.shutdownNow();
        }
    }
}
