package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Every limit lets through what is at it, and nothing over it. Limits of time never come early. */
final class LimitsTest {
    // ---- who may come in

    @ParameterizedTest
    @ValueSource(strings = {"limits.connections", "limits.connections-per-address"})
    void connectionsUpToTheLimit(String limit) {
        try (TestNode node = TestNode.with(limit, "3")) {
            List<Raw> in = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                in.add(Raw.connected(node.port()));
            }
            try (Raw over = Raw.to(node.port())) {
                assertThat(over.isClosed()).isTrue();
            }
            in.remove(0).close();
            await("room for one").until(() -> node.server().sessions() == 2);
            await("the next").untilAsserted(() -> {
                try (Raw next = Raw.to(node.port())) {
                    assertThat(next.upgrade(Raw.WEBSOCKET).status()).isEqualTo(101);
                }
            });
            in.forEach(Raw::close);
            node.awaitNobody();
        }
    }

    /** Who polls needs no connection of his own: one connection could begin any number of sessions. */
    @ParameterizedTest
    @ValueSource(strings = {"limits.connections", "limits.connections-per-address"})
    void sessionsUpToTheLimit(String limit) {
        try (TestNode node = TestNode.with(limit, "3");
                Raw raw = Raw.to(node.port())) {
            List<String> sids = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                sids.add(Raw.idIn(raw.request("GET", Raw.POLLING, "").answer().body()));
            }
            assertThat(raw.request("GET", Raw.POLLING, "").answer().status()).isEqualTo(503);
            assertThat(raw.request("POST", Raw.POLLING + "&sid=" + sids.get(0), "1")
                            .answer()
                            .body())
                    .isEqualTo("ok");
            assertThat(raw.request("GET", Raw.POLLING, "").answer().status())
                    .as("in the place of the one that has ended")
                    .isEqualTo(200);
            assertThat(node.refused(limit.endsWith("address") ? RequestRefusal.ADDRESS : RequestRefusal.CONNECTIONS))
                    .isEqualTo(1);
        }
    }

    /** In the ack of a login, and in the {@code connect_error} of one that comes with the connect. */
    @Test
    void socketsOfATokenUpToTheLimit() {
        String login = "421[\"user_login\",{\"tokenId\":\"anna\"}]";
        String error = "tokenId: 2 sockets already (expected: at most 2 on this node)";
        try (TestNode node = TestNode.with("limits.sockets-per-token", "2");
                Raw first = Raw.connected(node.port());
                Raw second = Raw.connected(node.port());
                Raw third = Raw.connected(node.port());
                Raw fourth = Raw.webSocket(node.port(), Raw.WEBSOCKET)) {
            assertThat(first.text(login).next()).startsWith("431[{\"ok\":true");
            assertThat(second.text(login).next()).startsWith("431[{\"ok\":true");
            assertThat(third.text(login).next())
                    .isEqualTo("431[{\"ok\":false,\"error\":\"" + error + "\",\"code\":\"too_many_sockets\"}]");
            assertThat(fourth.next()).startsWith("0{");
            assertThat(fourth.text("40{\"tokenId\":\"anna\"}").next())
                    .isEqualTo("44{\"message\":\"" + error + "\",\"data\":{\"code\":\"too_many_sockets\"}}");
            assertThat(first.text(login).next()).as("who is in").startsWith("431[{\"ok\":true,\"replaced\":true");
            assertThat(node.push("anna", "for both")).isEqualTo(2);
            assertThat(node.refused(LoginRefusal.TOO_MANY_SOCKETS)).isEqualTo(2);

            first.reset();
            await("room for one").until(() -> node.registry().sessionsOf("anna").length == 1);
            assertThat(third.text(login).next()).startsWith("431[{\"ok\":true");
        }
    }

    @Test
    void handshakesInASecondUpToTheLimit() {
        try (TestNode node = TestNode.with("limits.handshakes-per-second", "5")) {
            for (int i = 0; i < 5; i++) {
                assertThat(Raw.ask(node.port(), "GET", Raw.POLLING).status()).isEqualTo(200);
            }
            await("the one too many")
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> Raw.ask(node.port(), "GET", Raw.POLLING).status() == 503);
            await("the next second")
                    .until(() -> Raw.ask(node.port(), "GET", Raw.POLLING).status() == 200);
        }
    }

    @Test
    void noLimitIsNone() {
        try (TestNode node = TestNode.with(
                "limits.connections", "0",
                "limits.connections-per-address", "0",
                "limits.handshakes-per-second", "0",
                "limits.packets-per-second", "0")) {
            try (Raw raw = Raw.connected(node.port())) {
                for (int i = 0; i < 2000; i++) {
                    raw.text("42[\"user_logout\"]");
                }
                assertThat(raw.text("421[\"user_logout\"]").next()).startsWith("431[");
            }
        }
    }

    // ---- how much a client may send

    @Test
    void messagesUpToTheLargest() {
        try (TestNode node = TestNode.with("max-payload", "1KB")) {
            String largest = "42[\"" + "x".repeat(1018) + "\"]";
            assertThat(largest).hasSize(1024);
            try (Raw raw = Raw.connected(node.port())) {
                raw.text(largest);
                raw.frame(0x01, largest.substring(0, 500).getBytes(ISO_8859_1)); // the same in two frames
                raw.frame(0x80, largest.substring(500).getBytes(ISO_8859_1));
                assertThat(raw.text("421[\"user_logout\"]").next()).startsWith("431[");
                assertThat(raw.text(largest + " ").next()).isEqualTo("<close 1009 too_large>");
            }
            try (Raw raw = Raw.connected(node.port())) {
                raw.frame(0x01, largest.getBytes(ISO_8859_1));
                assertThat(raw.frame(0x80, new byte[] {' '}).next()).isEqualTo("<close 1009 too_large>");
            }
            String sid = Raw.poller(node.port());
            assertThat(Raw.post(node.port(), Raw.POLLING + sid, "40").status()).isEqualTo(200);
            assertThat(Raw.post(node.port(), Raw.POLLING + sid, largest).status())
                    .isEqualTo(200);
            assertThat(Raw.post(node.port(), Raw.POLLING + sid, largest + " ").status())
                    .isEqualTo(413);
        }
    }

    /** A client that asks whether it may send its body gets its answer before it has sent one. */
    @Test
    void bodyThatIsTooLargeIsNotAskedFor() {
        try (TestNode node = TestNode.with("max-payload", "1KB")) {
            String post = "POST " + Raw.POLLING + Raw.poller(node.port()) + " HTTP/1.1\r\nExpect: 100-continue\r\n";
            try (Raw raw = Raw.to(node.port())) {
                assertThat(raw.send(post + "Content-Length: 2\r\n\r\n").answer().status())
                        .isEqualTo(100);
                assertThat(raw.send("40").answer().body()).isEqualTo("ok");
            }
            try (Raw raw = Raw.to(node.port())) {
                assertThat(raw.send(post + "Content-Length: 1025\r\n\r\n")
                                .answer()
                                .status())
                        .isEqualTo(413);
            }
            assertThat(node.refused(RequestRefusal.BODY_SIZE)).isEqualTo(1);
        }
    }

    @Test
    void attachmentsUpToTheLimitInNumberAndSize() {
        try (TestNode node = TestNode.with("limits.attachments", "2", "max-payload", "1KB")) {
            String two = "452-1[\"user_logout\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
            try (Raw raw = Raw.connected(node.port())) {
                raw.text(two).binary(new byte[512]).binary(new byte[512]);
                assertThat(raw.next()).startsWith("431[");
                raw.text(two).binary(new byte[512]).binary(new byte[513]);
                assertThat(raw.next()).isEqualTo("<close 1009 too_large>");
            }
            try (Raw raw = Raw.connected(node.port())) {
                assertThat(raw.text("453-[\"x\"]").next()).isEqualTo("<close 1002 protocol>");
            }
        }
    }

    @Test
    void headersUpToTheLimit() {
        try (TestNode node = TestNode.with("limits.header-size", "1KB")) {
            String line = "OPTIONS " + Raw.POLLING + "&x= HTTP/1.1";
            String rest = "x".repeat(1024 - line.length());
            assertThat(Raw.ask(node.port(), "OPTIONS", Raw.POLLING + "&x=" + rest)
                            .status())
                    .isEqualTo(204);
            assertThat(Raw.ask(node.port(), "OPTIONS", Raw.POLLING + "&x=" + rest + "x")
                            .status())
                    .isEqualTo(431);
            String others = "Host: localhost" + "Content-Length: 0" + "X: ";
            String value = "x".repeat(1024 - others.length());
            assertThat(Raw.ask(node.port(), "OPTIONS", Raw.POLLING, "X: " + value)
                            .status())
                    .isEqualTo(204);
            assertThat(Raw.ask(node.port(), "OPTIONS", Raw.POLLING, "X: " + value + "x")
                            .status())
                    .isEqualTo(431);
        }
    }

    /** Whatever a client sends is a packet: text, binary, pings and pongs of the WebSocket, frames of a message. */
    @ParameterizedTest
    @ValueSource(ints = {0x81, 0x89, 0x8A, 0x01})
    void packetsInASecondUpToTheLimit(int frame) {
        try (TestNode node = TestNode.with("limits.packets-per-second", "20");
                Raw raw = Raw.connected(node.port())) {
            byte[] content = (frame == 0x81 ? "42[\"e\"]" : "").getBytes(ISO_8859_1);
            byte[] question = "421[\"user_logout\"]".getBytes(ISO_8859_1);
            for (int i = 0; i < 18; i++) { // with the connect and the question there are 20
                raw.frame(i > 0 && frame == 0x01 ? 0x00 : frame, content);
            }
            raw.frame(frame == 0x01 ? 0x80 : 0x81, question);
            String answer = raw.next();
            while (answer.startsWith("<pong")) {
                answer = raw.next();
            }
            assertThat(answer).startsWith("431[");
            for (int i = 0; i < 60 && node.ended(SessionEnd.FLOOD) == 0; i++) {
                raw.frame(frame == 0x01 ? (i == 0 ? 0x01 : 0x00) : frame, content);
            }
            await("the end").until(() -> node.ended(SessionEnd.FLOOD) == 1);
        }
    }

    @Test
    void namespacesUpToTheLimit() {
        SocketApplication open = new SocketApplication() {
            @Override
            public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
                admission.letIn();
            }

            @Override
            public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {}
        };
        try (TestNode node = TestNode.of(open, "limits.namespaces", "3");
                Raw raw = Raw.connected(node.port())) {
            assertThat(raw.text("40/a,").next()).startsWith("40/a,{");
            assertThat(raw.text("40/b,").next()).startsWith("40/b,{");
            assertThat(raw.text("41/a,").text("40/c,").next()).startsWith("40/c,{");
            assertThat(raw.text("40/d,").next()).isEqualTo("<close 1008 namespaces>");
        }
    }

    // ---- how long it may take

    @Test
    void requestTimeoutDoesNotComeEarly() {
        try (TestNode node = TestNode.with("limits.request-timeout", "400ms")) {
            assertThat(timeToEnd(() -> Raw.to(node.port()))).isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(node.refused(RequestRefusal.TIMEOUT)).isEqualTo(1);
        }
    }

    /** Half a request is nobody's pause between two. */
    @Test
    void requestTimeoutHoldsForTheNextRequestToo() {
        try (TestNode node = TestNode.with("limits.request-timeout", "400ms")) {
            assertThat(timeToEnd(() -> answered(node).send("OPT"))).isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(node.refused(RequestRefusal.TIMEOUT)).isEqualTo(1);
        }
    }

    @Test
    void keepAliveTimeoutDoesNotComeEarly() {
        try (TestNode node = TestNode.with("limits.keep-alive-timeout", "400ms")) {
            assertThat(timeToEnd(() -> answered(node))).isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(node.refused(RequestRefusal.TIMEOUT))
                    .as("nobody is at fault")
                    .isZero();
        }
    }

    @Test
    void connectTimeoutDoesNotComeEarly() {
        try (TestNode node = TestNode.with("limits.connect-timeout", "400ms")) {
            assertThat(timeToEnd(() -> Raw.webSocket(node.port(), Raw.WEBSOCKET)))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(timeToEnd(() -> Raw.connected(node.port()).text("41")))
                    .as("after the last namespace is left")
                    .isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(node.ended(SessionEnd.CONNECT_TIMEOUT)).isEqualTo(2);
        }
    }

    @Test
    void loginTimeoutDoesNotComeEarlyAndSparesWhoHasLoggedIn() {
        try (TestNode node = TestNode.with("limits.login-timeout", "2s");
                Raw anna = Raw.connected(node.port())) {
            assertThat(anna.text("421[\"user_login\",{\"tokenId\":\"anna\"}]").next())
                    .startsWith("431[");
            assertThat(timeToEnd(() -> Raw.connected(node.port()))).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
            assertThat(node.ended(SessionEnd.LOGIN_TIMEOUT)).isEqualTo(1);
            assertThat(node.push("anna", "still here")).isEqualTo(1);
            assertThat(anna.next()).contains("still here");
        }
    }

    @Test
    void loginTimeoutIsNotPutOffByWhoComesAndGoes() {
        try (TestNode node = TestNode.with("limits.login-timeout", "400ms", "limits.packets-per-second", "0");
                Raw stranger = Raw.connected(node.port()).text("41")) {
            await("the end")
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> stranger.text("40")
                            .text("41")
                            .next()
                            .equals("<close " + SessionEnd.LOGIN_TIMEOUT.closeCode() + " login_timeout>"));
        }
    }

    /** Its time begins anew when it has been logged in. */
    @Test
    void loginTimeoutBeginsWithTheLeaveOfWhoWasLoggedIn() {
        try (TestNode node = TestNode.with("limits.login-timeout", "3s");
                Raw anna = Raw.connected(node.port())) {
            assertThat(anna.text("421[\"user_login\",{\"tokenId\":\"anna\"}]").next())
                    .startsWith("431[");
            long began = System.nanoTime();
            await("more than the timeout").until(() -> System.nanoTime() - began > 3_100_000_000L);
            assertThat(anna.text("41").text("40").next()).startsWith("40{");
            assertThat(anna.text("422[\"user_login\",{\"tokenId\":\"anna\"}]").next())
                    .startsWith("432[");
            assertThat(node.push("anna", "still here")).isEqualTo(1);
            assertThat(anna.next()).contains("still here");
        }
    }

    @Test
    void upgradeTimeoutDoesNotComeEarlyAndSparesTheSession() {
        try (TestNode node = TestNode.with("limits.upgrade-timeout", "400ms")) {
            String sid = Raw.poller(node.port());
            assertThat(timeToEnd(() -> Raw.webSocket(node.port(), Raw.WEBSOCKET + sid)))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(400));
            assertThat(node.refused(RequestRefusal.UPGRADE)).isEqualTo(1);
            assertThat(Raw.post(node.port(), Raw.POLLING + sid, "40").body()).isEqualTo("ok");
        }
    }

    /** One millisecond over: the server's clock ticks in those. */
    private static Duration timeToEnd(Supplier<Raw> client) {
        long begin = System.nanoTime();
        try (Raw raw = client.get()) {
            assertThat(raw.isClosed()).isTrue();
        }
        return Duration.ofNanos(System.nanoTime() - begin).plusMillis(1);
    }

    /** A connection that has had the answer to its first request. */
    private static Raw answered(TestNode node) {
        Raw raw = Raw.to(node.port());
        assertThat(raw.request("OPTIONS", Raw.POLLING, "").answer().status()).isEqualTo(204);
        return raw;
    }

    // ---- what may wait for a client

    /** A client between two polls: everything waits, and nothing in the kernel. */
    private static final class Waiting {
        private final TestNode node;
        private final String url;
        private final String token;

        Waiting(TestNode node, String token) {
            this.node = node;
            this.token = token;
            url = Raw.POLLING + Raw.poller(node.port());
            Raw.post(node.port(), url, "40{\"tokenId\":\"" + token + "\"}");
            await("login").until(() -> poll().startsWith("40{"));
        }

        /** Pushes a packet of so many bytes. */
        void push(int bytes) {
            String text = "x".repeat(bytes - "42[\"receive_message\",\"\"]".length());
            assertThat(node.push(token, text)).isEqualTo(1);
        }

        String poll() {
            return Raw.ask(node.port(), "GET", url).body();
        }

        private EngineSession session() {
            return requireNonNull(node.front().sessions().get(url.substring(url.indexOf("sid=") + 4)));
        }

        Loop loop() {
            return session().loop();
        }

        /** Packets that no poll has taken. */
        int waiting() throws Exception {
            EngineSession session = session();
            return session.loop()
                    .executor()
                    .submit(() -> session.hasBacklog() ? session.waiting().size() : 0)
                    .get();
        }

        /** Takes what waits, and says how many packets it was; the server's books have closed on them by then. */
        int packets() {
            long before = node.deliveries(DeliveryOutcome.WRITTEN);
            int packets = poll().split("\u001e").length;
            await("the books").until(() -> node.deliveries(DeliveryOutcome.WRITTEN) == before + packets);
            return packets;
        }

        boolean isSlow() {
            await("the deliveries").until(() -> node.deliveries(DeliveryOutcome.SLOW) > 0);
            return Raw.ask(node.port(), "GET", url).status() == 400;
        }
    }

    @Test
    void packetsWaitUpToTheLimit() {
        try (TestNode node = TestNode.with("backlog-packets", "16")) {
            Waiting anna = new Waiting(node, "anna");
            for (int i = 0; i < 16; i++) {
                anna.push(100);
            }
            await("the deliveries").until(() -> node.backlogBytes() == 1600);
            assertThat(anna.packets()).isEqualTo(16);
            for (int i = 0; i < 17; i++) {
                anna.push(100);
            }
            assertThat(anna.isSlow()).isTrue();
            assertThat(node.deliveries(DeliveryOutcome.WRITTEN)).isEqualTo(16);
            assertThat(node.deliveries(DeliveryOutcome.SLOW)).isEqualTo(17);
            assertThat(node.ended(SessionEnd.SLOW)).isEqualTo(1);
            node.awaitNobody();
        }
    }

    @Test
    void bytesWaitUpToTheLimit() {
        try (TestNode node = TestNode.with("backlog-size", "64KB")) {
            Waiting anna = new Waiting(node, "anna");
            for (int i = 0; i < 8; i++) {
                anna.push(8192);
            }
            await("the deliveries").until(() -> node.backlogBytes() == 65536);
            assertThat(anna.packets()).isEqualTo(8);
            for (int i = 0; i < 8; i++) {
                anna.push(8192);
            }
            anna.push(100);
            assertThat(anna.isSlow()).isTrue();
            node.awaitNobody();
        }
    }

    @Test
    void bytesOfAllWaitUpToTheLimit() {
        try (TestNode node = TestNode.with("total-backlog-size", "1MB");
                Raw reader = Raw.connected(node.port())) {
            assertThat(reader.text("421[\"user_login\",{\"tokenId\":\"carla\"}]")
                            .next())
                    .startsWith("431[");
            Waiting anna = new Waiting(node, "anna");
            Waiting ben = new Waiting(node, "ben");
            anna.push(512 << 10);
            ben.push(512 << 10);
            await("the deliveries").until(() -> node.backlogBytes() == 1 << 20);

            assertThat(node.push("carla", "reads")).isEqualTo(1);
            assertThat(reader.next()).as("who need not wait").contains("reads");
            ben.push(100);
            assertThat(ben.isSlow()).isTrue();

            assertThat(anna.packets()).as("who was first").isEqualTo(1);
        }
    }

    @Test
    void bytesOfAllAreAPartOfTheHeapWhereNothingIsSet() {
        long heap = Runtime.getRuntime().maxMemory();
        assertThat(TestSettings.with().totalBacklogSize().toBytes()).isEqualTo(Math.min(256 << 20, heap / 4));
        assertThatThrownBy(() -> TestSettings.with("total-backlog-size", heap / 1024 + 1 + "KB"))
                .rootCause()
                .hasMessageStartingWith("push.socket.total-backlog-size: ")
                .hasMessageContaining("(expected: at most the heap, which is " + heap + "B");
    }

    /** However many are given it, it is in memory once, and nobody pays for it who has to wait with little. */
    @Test
    void largeEventToManyCountsOnceWhileItIsHandedOut() throws Exception {
        try (TestNode node = TestNode.with("total-backlog-size", "1MB", "event-loops", "1")) {
            List<Raw> crowd = crowd(node, 50);
            Waiting anna = new Waiting(node, "anna");
            anna.push(100);
            await("the delivery").until(() -> anna.waiting() == 1);
            CountDownLatch goesOn = new CountDownLatch(1);
            anna.loop().executor().execute(() -> join(goesOn));
            node.push("crowd", "x".repeat(60_000));
            anna.push(100);
            goesOn.countDown();

            for (Raw each : crowd) {
                assertThat(each.hears("xxx")).isTrue();
                each.close();
            }
            assertThat(anna.packets()).isEqualTo(2);
            assertThat(node.ended(SessionEnd.SLOW)).isZero();
        }
    }

    /** What a kernel does not take at once is in memory once, too, until the last has taken it. */
    @Test
    void largeEventToManyCountsOnceWhileTheyTakeIt() {
        try (TestNode node = TestNode.with(
                "total-backlog-size", "32MB", "backlog-size", "16MB", "event-loops", "1", "ping-interval", "5m")) {
            List<Raw> crowd = crowd(node, 10);
            node.push("crowd", "x".repeat(8 << 20));
            node.push("crowd", "the next");
            await("the first to be with Netty, once").until(() -> {
                long waiting = node.backlogBytes();
                return waiting > 8 << 20 && waiting < 9 << 20;
            });
            for (Raw each : crowd) {
                assertThat(each.hears("the next")).isTrue();
            }
            assertThat(node.ended(SessionEnd.SLOW)).isZero();
            await("nothing to be left").until(() -> node.backlogBytes() == 0);
            crowd.forEach(Raw::close);
        }
    }

    private static List<Raw> crowd(TestNode node, int size) {
        List<Raw> crowd = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Raw raw = Raw.connected(node.port());
            assertThat(raw.text("421[\"user_login\",{\"tokenId\":\"crowd\"}]").next())
                    .startsWith("431[");
            crowd.add(raw);
        }
        return crowd;
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One packet each, for many who do not read, is much in the end. */
    @Test
    void firstPacketOfAClientThatIsNotReadyCountsForAll() {
        try (TestNode node = TestNode.with("total-backlog-size", "1MB")) {
            List<Waiting> many = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                many.add(new Waiting(node, "user" + i));
            }
            for (int i = 0; i < 12; i++) {
                many.get(i).push(128 << 10);
                int kept = Math.min(i + 1, 8);
                int slow = i + 1 - kept;
                await("the delivery")
                        .until(() -> node.deliveries(DeliveryOutcome.SLOW) == slow
                                && node.backlogBytes() == kept * (128L << 10));
            }
        }
    }

    /** An answer that the client does not read waits too, though its poll is over: more than any kernel takes. */
    @Test
    void answerThatIsNotReadWaitsToo() {
        try (TestNode node = TestNode.with("backlog-size", "4MB")) {
            Waiting anna = new Waiting(node, "anna");
            anna.push(8 << 20);
            try (Raw unread = Raw.lazyTo(node.port()).request("GET", anna.url, "")) {
                await("the answer").until(() -> anna.waiting() == 0 && unread.hasAnswer());
                anna.push(100);
                anna.push(100);
                await("the end").until(() -> node.ended(SessionEnd.SLOW) == 1);
            }
            node.awaitNobody();
        }
    }

    /** Its client would go on behind a hole. */
    @Test
    void answerThatCannotBeWrittenEndsItsSession() {
        try (TestNode node = TestNode.with("backlog-size", "16MB")) {
            Waiting anna = new Waiting(node, "anna");
            anna.push(8 << 20);
            anna.push(100);
            try (Raw unread = Raw.lazyTo(node.port()).request("GET", anna.url, "")) {
                await("the answer").until(() -> anna.waiting() == 1 && unread.hasAnswer());
                unread.reset();
                await("the end").until(() -> node.ended(SessionEnd.CONNECTION_LOST) == 1);
            }
            assertThat(node.deliveries(DeliveryOutcome.CLOSED)).isEqualTo(2);
            node.awaitNobody();
        }
    }

    /** Nothing but what the kernel takes leaves; the rest is bounded, here and in Netty together. */
    @Test
    void backlogOfAWebSocketIsBounded() {
        try (TestNode node = TestNode.with("backlog-size", "1MB");
                Raw lazy = Raw.lazyTo(node.port())) {
            assertThat(lazy.upgrade(Raw.WEBSOCKET).status()).isEqualTo(101);
            lazy.text("40{\"tokenId\":\"anna\"}");
            await("login").until(() -> node.registry().sessionCount() == 1);
            long most = 0;
            for (int i = 0; i < 2000 && node.ended(SessionEnd.SLOW) == 0; i++) {
                node.push("anna", "x".repeat(20_000));
                most = Math.max(most, node.backlogBytes());
            }
            await("the end").until(() -> node.ended(SessionEnd.SLOW) == 1);
            assertThat(most).isLessThanOrEqualTo(1 << 20);
        }
    }

    /** Requests one behind the other, whose answers nobody reads, would heap up the answers. */
    @Test
    void requestsWithoutReadingTheAnswersEndTheConnection() {
        try (TestNode node = TestNode.with();
                Raw lazy = Raw.lazyTo(node.port())) {
            String requests = ("OPTIONS " + Raw.POLLING + " HTTP/1.1\r\n\r\n").repeat(1000);
            await("the end")
                    .atMost(Duration.ofSeconds(60)) // some megabytes fit into the kernel
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> !lazy.sendIfOpen(requests) || node.refused(RequestRefusal.BAD_REQUEST) == 1);
            await("its end").until(() -> node.connections() == 0);
        }
    }

    /** Netty's decoder has a bound of its own for requests without an answer; who comes near it was refused long before. */
    @Test
    void requestsBehindOneThatWaitsAreRefusedOnceAndReadNoFurther() {
        try (TestNode node = TestNode.with();
                Logs logs = Logs.taken();
                Raw raw = Raw.to(node.port())) {
            String poll = Raw.POLLING + Raw.poller(node.port());
            raw.request("POST", Raw.POLLING, "x".repeat(100_000)).answer(); // from here on, much is read at a time
            raw.send(("GET " + poll + " HTTP/1.1\r\n\r\n") + ("GET " + poll + " HTTP/1.1\r\n\r\n").repeat(300));
            assertThat(raw.isClosed()).isTrue();
            await("its end").until(() -> node.connections() == 0);
            assertThat(node.refused(RequestRefusal.BAD_REQUEST)).isEqualTo(1);
            assertThat(logs.lines()).noneMatch(line -> line.startsWith("Failed at"));
        }
    }
}
