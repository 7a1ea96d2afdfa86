package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Logins;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.socket.PushApplication.Greeting;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The bridge's own application over real connections: login, push, logout, end. */
final class PushApplicationTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final PushMetrics metrics = new PushMetrics(meters);
    private final TestDelivery delivery = new TestDelivery(registry, metrics, 0);
    private final Dispatcher dispatcher = delivery.dispatcher();
    private final Logins logins = delivery.logins();
    private final Pids pids = new Pids(List.of(new byte[32]), Duration.ofHours(1), Clock.systemUTC());
    private final SocketServer server = server(Greeting.NOBODY);
    private long offset;

    private SocketServer server(Greeting greeting) {
        return server(greeting, logins, Authenticator.trusting(), Duration.ZERO);
    }

    private SocketServer server(Greeting greeting, Logins logins, Authenticator authenticator, Duration warning) {
        Gate gate = new Gate(authenticator, registry, metrics, Clock.systemUTC(), Duration.ZERO, warning);
        PushApplication application =
                new PushApplication(registry, logins, gate, pids, greeting, metrics, new Departures());
        return TestNode.server(application, metrics);
    }

    @BeforeEach
    void start() {
        delivery.goesOutBy(server);
        server.start();
    }

    /** However a test ends, nothing may be left behind. */
    @AfterEach
    void stop() {
        server.stop();
        delivery.close();
        assertThat(registry.sessionCount()).isZero();
        assertThat(registry.tokenCount()).isZero();
        assertThat(server.sessions()).isZero();
    }

    @Test
    void frameReachesEveryTabOfTheTokenOnBothProtocols() {
        try (Wire first = Wire.connected(server.port());
                Wire second = Wire.v3(server.port());
                Wire other = Wire.connected(server.port())) {
            assertThat(login(first, "anna")).startsWith("431[{\"ok\":true,\"replaced\":false,\"sessions\":1,");
            assertThat(login(second, "anna")).startsWith("431[{\"ok\":true,\"replaced\":false,\"sessions\":2,");
            login(other, "ben");
            push("anna", "42[\"receive_message\",{\"data\":\"é😀\"}]");
            assertThat(first.next()).isEqualTo("42[\"receive_message\",{\"data\":\"é😀\"}]");
            assertThat(second.next()).isEqualTo("42[\"receive_message\",{\"data\":\"é😀\"}]");
            push("ben", "42[1]");
            assertThat(other.next()).isEqualTo("42[1]");
            assertThat(first.isQuiet()).isTrue();
        }
        awaitWritten(3);
    }

    @Test
    void burstArrivesInOrderAndIsCounted() {
        try (Wire wire = Wire.connected(server.port())) {
            login(wire, "anna");
            Session session = registry.sessionsOf("anna")[0];
            for (int i = 0; i < 5000; i++) {
                session.send(frame("42[" + i + "]"));
            }
            server.flush();
            for (int i = 0; i < 5000; i++) {
                assertThat(wire.next()).isEqualTo("42[" + i + "]");
            }
        }
        awaitWritten(5000);
    }

    @Test
    void largeFrameIsSharedAndArrivesWhole() {
        String large = "42[\"" + "x".repeat(200_000) + "\"]";
        try (Wire first = Wire.connected(server.port());
                Wire second = Wire.connected(server.port())) {
            login(first, "anna");
            login(second, "anna");
            push("anna", large);
            assertThat(first.next()).isEqualTo(large);
            assertThat(second.next()).isEqualTo(large);
        }
        awaitWritten(2);
    }

    @Test
    void secondLoginReplacesTheFirstAndLogoutEndsIt() {
        try (Wire wire = Wire.connected(server.port())) {
            login(wire, "anna");
            assertThat(login(wire, "ben")).contains("\"replaced\":true");
            assertThat(registry.sessionsOf("anna")).isEmpty();
            assertThat(registry.sessionsOf("ben")).hasSize(1);
            assertThat(wire.send("422[\"user_logout\"]").next()).isEqualTo("432[{\"ok\":true}]");
            assertThat(wire.send("423[\"user_logout\"]").next())
                    .isEqualTo("433[{\"ok\":false,\"error\":\"not logged in\"}]");
            assertThat(registry.sessionCount()).isZero();
        }
    }

    @Test
    void authOfTheConnectLogsIn() {
        try (Wire wire = Wire.v4(server.port())) {
            wire.send("40{\"tokenId\":7,\"userId\":\"u\"}");
            assertThat(wire.next()).startsWith("40{\"sid\":");
            await().untilAsserted(() -> assertThat(registry.sessionsOf("7")).hasSize(1));
        }
    }

    @Test
    void refusedAuthIsNotIn() {
        try (Wire wire = Wire.v4(server.port())) {
            wire.send("40{\"tokenId\":[]}");
            assertThat(wire.next()).startsWith("44{\"message\":\"tokenId: an array (expected:");
            wire.send("42[\"user_login\",{\"tokenId\":\"anna\"}]");
            assertThat(wire.closed()).isEqualTo("1002 protocol");
        }
        assertThat(registry.sessionCount()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {}                              | tokenId: missing
                    {"tokenId":null}                | tokenId: null
                    {"tokenId":""}                  | tokenId: 0 characters
                    {"tokenId":true}                | tokenId: a boolean
                    {"tokenId":1.5}                 | tokenId: a fraction
                    {"tokenId":{"a":1}}             | tokenId: an object
                    {"tokenId":"a","userId":[]}     | userId: an array
                    "anna"                          | user_login: 4 characters
                    [1]                             | user_login: an array
                    null                            | user_login: null
                    """)
    void wrongLoginIsToldWhatWasExpectedAndCostsNothing(String login, String error) {
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("425[\"user_login\"," + login + "]");
            assertThat(wire.next())
                    .startsWith("435[{\"ok\":false,\"error\":\"" + error)
                    .contains("(expected: ");
            assertThat(login(wire, "anna")).contains("\"ok\":true");
        }
    }

    @Test
    void numberIsReadAsString() {
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("421[\"user_login\",{\"tokenId\":12345678901234567890,\"userId\":5,\"socketId\":\"x\"}]");
            assertThat(wire.next()).contains("\"ok\":true");
            assertThat(registry.sessionsOf("12345678901234567890")).hasSize(1);
        }
    }

    @Test
    void abruptEndLogsOutAndWhatComesLateIsClosed() {
        Wire wire = Wire.connected(server.port());
        login(wire, "anna");
        Session session = registry.sessionsOf("anna")[0];
        wire.close();
        await().untilAsserted(() -> assertThat(registry.sessionCount()).isZero());
        session.send(frame("42[1]"));
        server.flush();
        await().untilAsserted(
                        () -> assertThat(deliveries(DeliveryOutcome.CLOSED)).isEqualTo(1));
        assertThat(ended(SessionEnd.CONNECTION_LOST)).isEqualTo(1);
    }

    @Test
    void loginsAndLogoutOfASocketHappenInTheOrderInWhichTheyWereSent() {
        CountDownLatch gate = closedGate();
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("421[\"user_login\",{\"tokenId\":\"anna\"}]");
            wire.send("422[\"user_logout\"]");
            wire.send("423[\"user_login\",{\"tokenId\":\"ben\"}]");
            wire.send("424[\"user_login\",{\"tokenId\":\"carla\"}]");
            gate.countDown();
            assertThat(wire.next()).startsWith("431[{\"ok\":true,\"replaced\":false,\"sessions\":1,");
            assertThat(wire.next()).isEqualTo("432[{\"ok\":true}]");
            assertThat(wire.next()).startsWith("433[{\"ok\":true,\"replaced\":false,\"sessions\":1,");
            assertThat(wire.next()).startsWith("434[{\"ok\":true,\"replaced\":true,\"sessions\":1,");
            assertThat(registry.sessionsOf("carla")).hasSize(1);
            assertThat(registry.sessionCount()).isEqualTo(1);
        }
    }

    /** The connection breaks while the login waits: the login happens, to nobody's use, and is taken back. */
    @ParameterizedTest
    @ValueSource(strings = {"421[\"user_login\",{\"tokenId\":\"anna\"}]", "40{\"tokenId\":\"anna\"}"})
    void connectionThatBreaksDuringItsLoginLeavesNothing(String login) {
        CountDownLatch gate = closedGate();
        Wire wire = login.startsWith("40") ? Wire.v4(server.port()) : Wire.connected(server.port());
        wire.send(login);
        wire.send("2"); // not allowed: the session has ended when this is answered, and the login has come before it
        assertThat(wire.closed()).isEqualTo("1002 protocol");
        gate.countDown();
        awaitLogins();
        await().untilAsserted(() -> assertThat(registry.sessionCount()).isZero());
        assertThat(registry.tokenCount()).isZero();
    }

    /** Keeps every login back until it is opened. */
    private CountDownLatch closedGate() {
        CountDownLatch gate = new CountDownLatch(1);
        logins.logout(new Tab("nobody"), wasLoggedIn -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return gate;
    }

    /** Waits until every login that was asked for has happened. */
    private void awaitLogins() {
        CountDownLatch done = new CountDownLatch(1);
        logins.logout(new Tab("nobody"), wasLoggedIn -> done.countDown());
        await().until(() -> done.getCount() == 0);
    }

    // ---- those who come back

    @Test
    void loginTellsTheCursorAndSoDoesAnEvent_untilTheLogout() {
        try (Wire wire = Wire.connected(server.port())) {
            String cursor = ack(login(wire, "anna")).path("cursor").asString();
            assertThat(wire.nextCursor()).isEqualTo(cursor);
            dispatch("anna", 1);
            assertThat(nextCursorOfPush(wire)).isNotEqualTo(cursor);
            wire.send("422[\"user_logout\"]");
            assertThat(wire.next()).isEqualTo("432[{\"ok\":true}]");
            assertThat(wire.nextCursor()).as("forgotten").isEmpty();
        }
    }

    @Test
    void whoComesBackGetsWhatWasMissedBehindTheAnswerAndBeforeWhatComes() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        dispatch("ben", 2);
        dispatch("anna", 3);
        try (Wire wire = Wire.connected(server.port())) {
            JsonNode ack = ack(login(wire, "anna", cursor));
            dispatch("anna", 4);
            assertThat(ack.path("recovered").asBoolean()).isTrue();
            assertThat(ack.path("replayed").asInt()).isEqualTo(2);
            assertThat(ack.path("cursor").asString())
                    .as("it does not have them yet")
                    .isEqualTo(cursor);
            assertThat(List.of(nextData(wire), nextData(wire), nextData(wire))).containsExactly(1, 3, 4);
            assertThat(wire.isQuiet()).isTrue();
        }
        awaitWritten(3);
        assertThat(meters.get(Meters.REPLAYS.meter()).counter().count()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cursor", "offset"})
    void connectThatLogsInReplaysTooBehindItsAnswer(String field) {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        try (Wire wire = Wire.v4(server.port())) {
            wire.send("40{\"tokenId\":\"anna\",\"" + field + "\":\"" + cursor + "\"}");
            assertThat(wire.next()).startsWith("40{\"sid\":");
            assertThat(nextData(wire)).isEqualTo(1);
        }
    }

    /** The stock client says where it is when it connects, and the original's page logs in after that. */
    @Test
    void whatTheConnectSaidIsForTheFirstLogin_once() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        try (Wire wire = Wire.v4(server.port())) {
            wire.send("40{\"offset\":\"" + cursor + "\"}");
            assertThat(wire.next()).startsWith("40{\"sid\":");
            assertThat(ack(login(wire, "anna")).path("replayed").asInt()).isEqualTo(1);
            assertThat(nextData(wire)).isEqualTo(1);
            JsonNode again = ack(login(wire, "anna"));
            assertThat(again.path("recovered").asBoolean())
                    .as("it still has everything")
                    .isTrue();
            assertThat(again.path("replayed").asInt()).isZero();
            login(wire, "ben");
            assertThat(ack(login(wire, "anna")).path("replayed").asInt())
                    .as("of a new login")
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"nonsense, cursor", "AQAAAAEBAA, topic"})
    void whoCannotBeHelpedIsToldWhy(String cursor, String reason) {
        try (Wire wire = Wire.connected(server.port())) {
            JsonNode ack = ack(login(wire, "anna", cursor));
            assertThat(ack.path("ok").asBoolean()).isTrue();
            assertThat(ack.path("recovered").asBoolean()).isFalse();
            assertThat(wire.next()).startsWith("42[\"resync_required\",{\"reason\":\"" + reason + "\"");
            assertThat(wire.nextCursor()).isEqualTo(ack.path("cursor").asString());
            dispatch("anna", 1);
            assertThat(nextData(wire)).isEqualTo(1);
        }
    }

    /** More than a session's backlog may hold, to a client that reads slowly at first, and more comes meanwhile. */
    @Test
    void thousandsOfMissedEventsAreNoReasonToEndASession() {
        String cursor = cursorOf("anna");
        int missed = 20_000;
        for (int i = 0; i < missed; i++) {
            dispatch("anna", i);
        }
        try (Wire wire = Wire.connected(server.port())) {
            assertThat(ack(login(wire, "anna", cursor)).path("recovered").asBoolean())
                    .isTrue();
            for (int i = missed; i < missed + 100; i++) {
                dispatch("anna", i);
            }
            for (int i = 0; i < missed + 100; i++) {
                assertThat(nextData(wire)).isEqualTo(i);
            }
        }
        awaitWritten(missed + 100);
    }

    @Test
    void logoutStopsWhatWasStillToBeReplayed() {
        String cursor = cursorOf("anna");
        for (int i = 0; i < 20_000; i++) {
            dispatch("anna", i);
        }
        Wire wire = Wire.connected(server.port());
        wire.send("421[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"" + cursor + "\"}]")
                .send("422[\"user_logout\"]");
        String packet = wire.next();
        while (!packet.equals("432[{\"ok\":true}]")) {
            packet = wire.next();
        }
        assertThat(wire.isQuiet()).isTrue();
        wire.close();
        await().untilAsserted(() -> assertThat(deliveries(DeliveryOutcome.WRITTEN) + deliveries(DeliveryOutcome.CLOSED))
                .isEqualTo(20_000));
    }

    /** It joins again at once, and polls on: what was for its login is not for whom it is now. */
    @Test
    void leavingStopsWhatWasStillToBeReplayed() {
        String cursor = cursorOf("anna");
        int missed = 20_000;
        for (int i = 0; i < missed; i++) {
            dispatch("anna", i);
        }
        Poller poller = Poller.open(server.port(), "/socket.io/?EIO=4&transport=polling");
        poller.post("40{\"tokenId\":\"anna\",\"cursor\":\"" + cursor + "\"}");
        assertThat(poller.poll()).startsWith("40{\"sid\":");
        poller.post("41");
        poller.post("40");

        String body = "";
        while (!body.contains("40{\"sid\":")) {
            body = poller.poll();
        }
        assertThat(deliveries(DeliveryOutcome.CLOSED)).isEqualTo(missed);
        poller.post("421[\"user_logout\"]");
        assertThat(poller.poll()).as("nothing in between").startsWith("431[");
    }

    @Test
    void acknowledgementOfAStrangerIsRefusedAndNotCounted() {
        String cursor = cursorOf("anna");
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("421[\"message_received\",\"" + cursor + "\"]");
            assertThat(wire.next()).isEqualTo("431[{\"ok\":false,\"error\":\"not logged in\"}]");
        }
        assertThat(meters.get(Meters.ACKNOWLEDGEMENTS.meter()).counter().count())
                .isZero();
    }

    /** The tab that has the token's only place leaves; where the other one was when it connected is not forgotten. */
    @Test
    void whatTheConnectSaidIsKeptWhileTheTokenHasTooManySockets() {
        try (TestDelivery limited = new TestDelivery(registry, metrics, 1)) {
            SocketServer node = server(Greeting.NOBODY, limited.logins(), Authenticator.trusting(), Duration.ZERO);
            limited.goesOutBy(node);
            node.start();
            Wire first = Wire.connected(node.port());
            String cursor = ack(login(first, "anna")).path("cursor").asString();
            dispatch(limited.dispatcher(), "anna", 1);
            assertThat(nextData(first)).isEqualTo(1);
            try (Wire wire = Wire.v4(node.port())) {
                wire.send("40{\"offset\":\"" + cursor + "\"}");
                assertThat(wire.next()).startsWith("40{\"sid\":");
                assertThat(ack(login(wire, "anna")).path("code").asString()).isEqualTo("too_many_sockets");
                first.close();
                await().untilAsserted(
                                () -> assertThat(registry.sessionsOf("anna")).isEmpty());
                assertThat(ack(login(wire, "anna")).path("replayed").asInt()).isEqualTo(1);
                assertThat(nextData(wire)).isEqualTo(1);
            } finally {
                node.stop();
            }
        }
    }

    /** Whatever number of partitions the topic has. */
    @Test
    void cursorThatTheBridgeHandsOutMayBeAcknowledged() {
        for (int partition = 0; partition < 1000; partition++) {
            dispatcher.begin(partition, partition % 2 == 0 ? 0 : 1L << 40);
        }
        dispatcher.ready();
        try (Wire wire = Wire.connected(server.port())) {
            login(wire, "anna");
            dispatch("anna", 1);
            String cursor = nextCursorOfPush(wire);
            assertThat(cursor).hasSizeGreaterThan(8000);
            wire.send("422[\"message_received\",\"" + cursor + "\"]");
            assertThat(wire.next()).isEqualTo("432[{\"ok\":true}]");
            String longer = new String(new char[20_000]).replace('\0', 'A');
            wire.send("423[\"message_received\",\"" + longer + "\"]");
            assertThat(wire.next()).startsWith("433[{\"ok\":false,\"error\":\"message_received: no cursor");
        }
    }

    /**
     * The account changes while events of both keep coming; with a cursor, so that what was missed comes too. From
     * the answer to one login to that of the next, all that comes is for that one.
     */
    @Test
    void whoChangesTheAccountGetsNothingOfTheOtherOne() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        Thread producer = new Thread(() -> {
            for (int i = 0; !enough.get(); i++) {
                dispatch(i % 2 == 0 ? "anna" : "ben", i % 2);
                LockSupport.parkNanos(500_000); // no faster than a slow machine reads
            }
        });
        try (Wire wire = Wire.connected(server.port())) {
            producer.start();
            String cursor = "";
            int pushes = 0;
            for (int change = 0; change < 60; change++) {
                wire.send("421[\"user_login\",{\"tokenId\":\"" + (change % 2 == 0 ? "anna" : "ben") + "\",\"cursor\":\""
                        + cursor + "\"}]");
                String packet = wire.next();
                for (; !packet.startsWith("431["); packet = wire.next()) {
                    assertIsOf((change + 1) % 2, packet);
                }
                for (int own = 0; own < 3; own++) {
                    packet = wire.next();
                    assertIsOf(change % 2, packet);
                    cursor = Json.parse(packet.substring(2)).path(2).asString();
                    pushes++;
                }
            }
            assertThat(pushes).isEqualTo(180);
        } finally {
            enough.set(true);
            producer.join();
        }
    }

    private static void assertIsOf(int account, String packet) {
        assertThat(packet).startsWith("42[\"receive_message\",");
        assertThat(Json.parse(packet.substring(2)).path(1).path("data").asInt()).isEqualTo(account);
    }

    /** Somebody else has read further than this node: it waits for the record that the client has. */
    @Test
    void loginWaitsUntilThisNodeIsAsFarAsTheClient() {
        String ahead = "AQAAAAcBAg"; // topic 7, partition 0 at 1
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("421[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"" + ahead + "\"}]");
            await().until(dispatcher::wantsTopicEnds);
            dispatcher.topicEnds(new long[] {1}, System.nanoTime());
            assertThat(wire.isQuiet()).isTrue();
            dispatch("anna", 0); // it has this one
            dispatch("anna", 1);
            assertThat(ack(wire.next()).path("recovered").asBoolean()).isTrue();
            assertThat(nextData(wire)).isEqualTo(1);
        }
    }

    /** Its page is further, and it is out until this node is there: what is dispatched by then is not in its hands. */
    @Test
    void whoIsKeptBackIsNotToldHowFarThisNodeIs() {
        try (TestNode node = TestNode.patient(Duration.ofMinutes(2), "event-loops", "1", "ping-interval", "200ms");
                Wire ben = Wire.connected(node.port());
                Wire anna = Wire.withPings(node.port(), "/socket.io/?EIO=4&transport=websocket")) {
            login(ben, "ben");
            ben.nextCursor();
            assertThat(anna.next()).startsWith("0{");
            anna.send("40{\"tokenId\":\"anna\"}");
            assertThat(nextButPings(anna)).startsWith("40{\"sid\":");
            anna.nextCursor();
            takePings(anna, 6); // so long a node keeps such a word to itself
            String ahead = "AQAAAAcBBA"; // topic 7, partition 0 at 2
            anna.send("421[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"" + ahead + "\"}]");
            await().until(() -> node.registry().sessionsOf("anna").length == 0);

            node.dispatch(event("anna", 0));
            await("the word how far this node is").until(() -> {
                node.flush();
                return ben.hasCursor();
            });
            takePings(anna, 2);

            assertThat(anna.hasCursor()).isFalse();
            node.dispatch(event("anna", 1));
            node.dispatch(event("anna", 2));
            node.flush();
            assertThat(ack(nextButPings(anna)).path("recovered").asBoolean()).isTrue();
            assertThat(Json.parse(nextButPings(anna).substring(2))
                            .path(1)
                            .path("data")
                            .asInt())
                    .isEqualTo(2);
        }
    }

    private static void takePings(Wire wire, int pings) {
        for (int i = 0; i < pings; i++) {
            assertThat(wire.next()).isEqualTo("2");
            wire.send("3");
        }
    }

    private static String nextButPings(Wire wire) {
        String packet = wire.next();
        while (packet.equals("2")) {
            packet = wire.send("3").next();
        }
        return packet;
    }

    @Test
    void clientThatIsBeyondTheEndOfTheTopicIsToldSo() {
        try (Wire wire = Wire.connected(server.port())) {
            wire.send("421[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"AQAAAAcBAg\"}]");
            await().until(dispatcher::wantsTopicEnds);
            dispatcher.topicEnds(new long[] {0}, System.nanoTime());
            assertThat(ack(wire.next()).path("recovered").asBoolean()).isFalse();
            assertThat(wire.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"ahead\"}]");
        }
    }

    @Test
    void everybodyIsToldOfRecordsThatAreLost() {
        try (Wire wire = Wire.connected(server.port());
                Wire old = Wire.v3(server.port())) {
            login(wire, "anna");
            login(old, "anna");
            String before = wire.nextCursor();
            dispatcher.lost(0, 100);
            assertThat(wire.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"lost\"}]");
            assertThat(wire.nextCursor()).isNotEqualTo(before);
            assertThat(old.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"lost\"}]");
        }
    }

    @Test
    void clientsOfProtocol3GetNoCursorsInEvents_butMayComeBackWithThatOfTheirLogin() {
        String cursor;
        try (Wire wire = Wire.v3(server.port())) {
            cursor = ack(login(wire, "anna")).path("cursor").asString();
            dispatch("anna", 1);
            assertThat(wire.next()).isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":1}]");
        }
        dispatch("anna", 2);
        try (Wire wire = Wire.v3(server.port())) {
            assertThat(ack(login(wire, "anna", cursor)).path("replayed").asInt())
                    .isEqualTo(2);
            assertThat(wire.next()).isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":1}]");
            assertThat(wire.next()).isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":2}]");
        }
    }

    // ---- connection state recovery

    @Test
    void whoShowsItsPidAndLogsInWithTheConnectIsTheSameSession() {
        Connected first = connect("{\"tokenId\":\"anna\"}");
        String cursor = first.wire.nextCursor();
        first.leave();
        dispatch("anna", 1);
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\",\"offset\":\"" + cursor + "\"}");
        assertThat(again.pid).as("what the client takes for recovered").isEqualTo(first.pid);
        assertThat(again.sid).isEqualTo(first.sid);
        assertThat(nextData(again.wire)).isEqualTo(1);
        JsonNode ack = ack(login(again.wire, "anna"));
        assertThat(ack.path("recovered").asBoolean()).isTrue();
        assertThat(ack.path("replayed").asInt()).as("a second time").isZero();
        dispatch("anna", 2);
        assertThat(nextData(again.wire)).isEqualTo(2);
        again.leave();
    }

    /** Cut before anything came but the answer to its CONNECT. */
    @Test
    void clientThatHeardOfNoCursorGoesOnWhereItBegan() {
        Connected first = connect("{\"tokenId\":\"anna\"}");
        first.leave();
        dispatch("anna", 1);
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\"}");
        assertThat(again.pid).isEqualTo(first.pid);
        assertThat(nextData(again.wire)).isEqualTo(1);
        again.leave();
    }

    /** It logs in after it has connected, each time: what it has missed belongs to that login. */
    @Test
    void pageOfTheOriginalKeepsItsIdAndGetsWhatItMissedWithItsLogin() {
        Connected first = connect("");
        login(first.wire, "anna");
        String cursor = first.wire.nextCursor();
        first.leave();
        dispatch("anna", 1);
        Connected again = connect("{\"pid\":\"" + first.pid + "\",\"offset\":\"" + cursor + "\"}");
        assertThat(again.sid).isEqualTo(first.sid);
        assertThat(again.pid).as("it is not logged in, and so not recovered").isNotEqualTo(first.pid);
        JsonNode ack = ack(login(again.wire, "anna"));
        assertThat(ack.path("recovered").asBoolean()).isTrue();
        assertThat(ack.path("replayed").asInt()).isEqualTo(1);
        assertThat(nextData(again.wire)).isEqualTo(1);
        again.leave();
    }

    @ParameterizedTest
    @ValueSource(strings = {"forged", "", "AQAAAAAA"})
    void whatIsNoPidBeginsASessionLikeAnyOther(String pid) {
        Connected connected = connect("{\"tokenId\":\"anna\",\"pid\":\"" + pid + "\"}");
        assertThat(connected.pid).isNotEqualTo(pid);
        assertThat(ack(login(connected.wire, "anna")).path("ok").asBoolean()).isTrue();
        connected.leave();
    }

    @Test
    void pidOfAnotherTokenRecoversNothing() {
        Connected anna = connect("{\"tokenId\":\"anna\"}");
        anna.leave();
        Connected ben = connect("{\"tokenId\":\"ben\",\"pid\":\"" + anna.pid + "\"}");
        assertThat(ben.pid).isNotEqualTo(anna.pid);
        ben.leave();
    }

    /** Signed with a key of today, but too long ago. */
    @Test
    void stalePidBeginsASessionOfItsOwnThatGetsWhatItMissed() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        Connected first = connect("{\"tokenId\":\"anna\"}");
        first.leave();
        String stale = stalePid(first.sid, "anna", cursor);
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + stale + "\",\"offset\":\"" + cursor + "\"}");
        assertThat(again.pid).isNotEqualTo(stale);
        assertThat(again.sid).isNotEqualTo(first.sid);
        assertThat(nextData(again.wire)).isEqualTo(1);
        again.leave();
        Connected quiet = connect("{\"tokenId\":\"anna\",\"pid\":\"" + stale + "\"}");
        dispatch("anna", 2);
        assertThat(nextData(quiet.wire))
                .as("where it began is not believed either")
                .isEqualTo(2);
        quiet.leave();
    }

    private static String stalePid(String id, String token, String begin) {
        Clock longAgo = Clock.offset(Clock.systemUTC(), Duration.ofHours(-2));
        return new Pids(List.of(new byte[32]), Duration.ofHours(1), longAgo).newPid(id, token, begin);
    }

    @Test
    void sessionThatIsNotCoveredIsNotRecovered() {
        Connected first = connect("{\"tokenId\":\"anna\"}");
        first.leave();
        dispatcher.lost(0, 100);
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\"}");
        assertThat(again.pid).isNotEqualTo(first.pid);
        assertThat(again.wire.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"expired\"}]");
        again.leave();
    }

    /** The client's old TCP connection is dead, and nobody has told this node. */
    @Test
    void connectionThatItsClientHasLeftIsClosed_andGetsNothingMore() {
        Connected first = connect("{\"tokenId\":\"anna\"}");
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\"}");
        assertThat(first.wire.closed()).isEqualTo("4004 superseded");
        dispatch("anna", 1);
        assertThat(nextData(again.wire)).isEqualTo(1);
        assertThat(registry.sessionsOf("anna")).hasSize(1);
        again.leave();
    }

    @Test
    void logoutIsNotUndoneByComingBack() {
        Connected first = connect("{\"tokenId\":\"anna\"}");
        first.leave();
        dispatch("anna", 1);
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\",\"offset\":\"\"}");
        assertThat(again.pid).as("begun anew").isNotEqualTo(first.pid);
        dispatch("anna", 2);
        assertThat(nextData(again.wire)).isEqualTo(2);
        again.leave();
    }

    // ---- pages that log in with their connect, and show their cursor only then

    @Test
    void pageThatLoggedInWithItsConnectGetsWhatItMissedWhenItShowsItsCursor_once() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        dispatch("anna", 2);
        Connected anna = connect("{\"tokenId\":\"anna\"}");
        JsonNode ack = ack(login(anna.wire, "anna", cursor));
        assertThat(ack.path("replaced").asBoolean()).isTrue();
        assertThat(ack.path("recovered").asBoolean()).isTrue();
        assertThat(ack.path("replayed").asInt()).isEqualTo(2);
        assertThat(ack.path("cursor").asString()).isEqualTo(cursor);
        dispatch("anna", 3);
        assertThat(List.of(nextData(anna.wire), nextData(anna.wire), nextData(anna.wire)))
                .containsExactly(1, 2, 3);
        JsonNode again = ack(login(anna.wire, "anna", cursor));
        assertThat(again.path("recovered").asBoolean()).isTrue();
        assertThat(again.path("replayed").asInt()).as("it was answered").isZero();
        dispatch("anna", 4);
        assertThat(nextData(anna.wire)).isEqualTo(4);
        anna.leave();
    }

    @Test
    void pageThatMissedNothingGoesOn_alsoIfEventsCameBeforeItShowedItsCursor() {
        String cursor = cursorOf("anna");
        dispatch("ben", 1);
        Connected anna = connect("{\"tokenId\":\"anna\"}");
        dispatch("anna", 2);
        JsonNode ack = ack(afterPush(anna.wire, 2, login("anna", cursor)));
        assertThat(ack.path("recovered").asBoolean()).isTrue();
        assertThat(ack.path("replayed").asInt()).isZero();
        dispatch("anna", 3);
        assertThat(nextData(anna.wire)).isEqualTo(3);
        anna.leave();
    }

    /** What it had missed would come behind what has come: it is told, once, and nothing comes twice. */
    @Test
    void pageThatHadEventsBeforeItShowedItsCursorIsToldThatItIsLate() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        Connected anna = connect("{\"tokenId\":\"anna\"}");
        dispatch("anna", 2);
        JsonNode ack = ack(afterPush(anna.wire, 2, login("anna", cursor)));
        assertThat(ack.path("recovered").asBoolean()).isFalse();
        assertThat(ack.path("replayed").asInt()).isZero();
        assertThat(ack.path("cursor").asString()).as("of now").isNotEqualTo(cursor);
        assertThat(anna.wire.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"late\"}]");
        ack(login(anna.wire, "anna", cursor));
        dispatch("anna", 3);
        assertThat(nextData(anna.wire)).as("and not told again").isEqualTo(3);
        anna.leave();
    }

    /** The stock client's offset may be of another token, and further than the page is with this one. */
    @Test
    void pageThatWasReplayedToFromItsSocketsOffsetIsToldWhatIsBeforeThat() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        String offset = cursorOf("ben");
        dispatch("anna", 2);
        Connected anna = connect("{\"tokenId\":\"anna\",\"offset\":\"" + offset + "\"}");
        assertThat(nextData(anna.wire)).isEqualTo(2);
        assertThat(ack(login(anna.wire, "anna", cursor)).path("recovered").asBoolean())
                .isFalse();
        assertThat(anna.wire.next()).isEqualTo("42[\"resync_required\",{\"reason\":\"late\"}]");
        anna.leave();
    }

    /** Its socket was cut after the answer to its CONNECT, and before that to its login. */
    @Test
    void pageThatWasCutBeforeItsCursorWasHeardGetsWhatItMissedOnItsReturn() {
        String cursor = cursorOf("anna");
        dispatch("anna", 1);
        Connected first = connect("{\"tokenId\":\"anna\"}");
        String offset = first.wire.nextCursor();
        first.leave();
        Connected again = connect("{\"tokenId\":\"anna\",\"pid\":\"" + first.pid + "\",\"offset\":\"" + offset + "\"}");
        assertThat(ack(login(again.wire, "anna", cursor)).path("replayed").asInt())
                .isEqualTo(1);
        assertThat(nextData(again.wire)).isEqualTo(1);
        again.leave();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pageWhoseCursorCannotHelpIsToldSo_alsoAfterItsConnectLoggedIn(boolean hadEvents) {
        Connected anna = connect("{\"tokenId\":\"anna\"}");
        String answer;
        if (hadEvents) {
            dispatch("anna", 1);
            answer = afterPush(anna.wire, 1, login("anna", "nonsense"));
        } else {
            answer = login(anna.wire, "anna", "nonsense");
        }
        assertThat(ack(answer).path("recovered").asBoolean()).isFalse();
        assertThat(anna.wire.next())
                .startsWith("42[\"resync_required\",{\"reason\":\"cursor\",\"detail\":\"cursor: 8 characters");
        dispatch("anna", 2);
        assertThat(nextData(anna.wire)).isEqualTo(2);
        anna.leave();
    }

    @Test
    void pageThatChangesItsTokenAfterTheConnectGetsWhatIsMissedOfThatOne() {
        String cursor = cursorOf("ben");
        dispatch("ben", 1);
        Connected connected = connect("{\"tokenId\":\"anna\"}");
        dispatch("anna", 2);
        JsonNode ack = ack(afterPush(connected.wire, 2, login("ben", cursor)));
        assertThat(ack.path("replayed").asInt()).isEqualTo(1);
        assertThat(nextData(connected.wire)).isEqualTo(1);
        connected.leave();
    }

    /** Waits for the push before it sends, and returns what comes next. */
    private static String afterPush(Wire wire, int data, String packet) {
        assertThat(nextData(wire)).isEqualTo(data);
        return wire.send(packet).next();
    }

    // ---- cursors that a client shows

    /** The page changes from anna to ben while it is offline; its socket is further than ben is. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cursorOfThePageCountsWhereTheSocketWasWithAnotherToken(boolean inTheConnect) {
        String bens = cursorOf("ben");
        dispatch("ben", 1);
        Connected anna = connect(inTheConnect ? "{\"tokenId\":\"anna\"}" : "");
        login(anna.wire, "anna");
        dispatch("anna", 2);
        String annas = cursorOfPush(anna.wire, 2);
        anna.leave();
        String shown = "\"pid\":\"" + anna.pid + "\",\"offset\":\"" + annas + "\"";
        Connected ben;
        if (inTheConnect) {
            ben = connect("{\"tokenId\":\"ben\",\"cursor\":\"" + bens + "\"," + shown + "}");
        } else {
            ben = connect("{" + shown + "}");
            assertThat(ack(login(ben.wire, "ben", bens)).path("replayed").asInt())
                    .isEqualTo(1);
        }
        assertThat(nextData(ben.wire)).isEqualTo(1);
        ben.leave();
    }

    /** The options of its client have the cursor with which the page began, at every connect. */
    @Test
    void socketThatIsFurtherThanThePageSaysGetsNothingTwice() {
        String first = cursorOf("anna");
        dispatch("anna", 1);
        Connected anna = connect("{\"tokenId\":\"anna\",\"cursor\":\"" + first + "\"}");
        String offset = cursorOfPush(anna.wire, 1);
        anna.leave();
        dispatch("anna", 2);
        Connected again = connect("{\"tokenId\":\"anna\",\"cursor\":\"" + first + "\",\"pid\":\"" + anna.pid
                + "\",\"offset\":\"" + offset + "\"}");
        assertThat(nextData(again.wire)).isEqualTo(2);
        again.leave();
    }

    /** Whose the socket's offset is, is known only with a good pid: without one the cursor of the page counts alone. */
    @Test
    void pageThatShowsItsLatestCursorAtEveryConnectGetsNothingTwice_alsoWithoutAGoodPid() {
        String first = cursorOf("anna");
        dispatch("anna", 1);
        Connected anna = connect("{\"tokenId\":\"anna\",\"cursor\":\"" + first + "\"}");
        String latest = cursorOfPush(anna.wire, 1);
        anna.leave();
        dispatch("anna", 2);
        String shown = "\",\"pid\":\"" + stalePid(anna.sid, "anna", first) + "\",\"offset\":\"" + latest + "\"}";
        Connected again = connect("{\"tokenId\":\"anna\",\"cursor\":\"" + latest + shown);
        assertThat(nextData(again.wire)).isEqualTo(2);
        again.leave();
        Connected fixed = connect("{\"tokenId\":\"anna\",\"cursor\":\"" + first + shown);
        assertThat(nextData(fixed.wire)).as("it says that it has not had it").isEqualTo(1);
        fixed.leave();
    }

    @Test
    void cursorThatIsNoneOrTooLongIsToldWithWhatWasExpected_andTheLoginBeginsAnew() {
        server.reached(new Position("AQAAAAcBAA", 1)); // it is told once a second: that the topic has one partition
        String longest = "A".repeat(1025);
        String expected = " characters (expected: that of an event, at most 1024 characters)";
        try (Wire wire = Wire.connected(server.port())) {
            assertThat(ack(login(wire, "anna", longest)).path("recovered").asBoolean())
                    .isFalse();
            assertThat(wire.next())
                    .isEqualTo("42[\"resync_required\",{\"reason\":\"cursor\",\"detail\":\"cursor: " + longest.length()
                            + expected + "\"}]");
            dispatch("anna", 1);
            assertThat(nextData(wire)).isEqualTo(1);
            wire.send("421[\"message_received\",\"" + longest + "\"]");
            assertThat(wire.next()).contains("\"ok\":false", "at most 1024");
        }
        Connected connected = connect("{\"tokenId\":\"anna\",\"offset\":\"nonsense\"}");
        assertThat(connected.wire.next()).contains("resync_required", "offset: 8" + expected);
        connected.leave();
        connected = connect("{\"tokenId\":\"anna\",\"cursor\":7}");
        assertThat(connected.wire.next()).contains("cursor: not a string (expected: that of an event)");
        connected.leave();
    }

    private static String cursorOfPush(Wire wire, int data) {
        JsonNode packet = Json.parse(wire.next().substring(2));
        assertThat(packet.path(1).path("data").asInt()).isEqualTo(data);
        return packet.path(2).asString();
    }

    private record Connected(Wire wire, String sid, String pid) {
        void leave() {
            wire.close();
        }
    }

    /** Connects as the stock client does; when it left, nobody may be logged in any more who is not to be. */
    private Connected connect(String auth) {
        Wire wire = Wire.v4(server.port());
        wire.send("40" + auth);
        JsonNode answer = Json.parse(wire.next().substring(2));
        return new Connected(
                wire, answer.path("sid").asString(), answer.path("pid").asString());
    }

    private static String login(Wire wire, String token, String cursor) {
        return wire.send(login(token, cursor)).next();
    }

    private static String login(String token, String cursor) {
        return "421[\"user_login\",{\"tokenId\":\"" + token + "\",\"cursor\":\"" + cursor + "\"}]";
    }

    /** The cursor of somebody who logs in and leaves. */
    private String cursorOf(String token) {
        Wire wire = Wire.connected(server.port());
        String cursor = ack(login(wire, token)).path("cursor").asString();
        wire.close();
        await().untilAsserted(() -> assertThat(registry.sessionCount()).isZero());
        return cursor;
    }

    private static JsonNode ack(String packet) {
        return Json.parse(packet.substring(3)).path(0);
    }

    private void dispatch(String token, int data) {
        dispatch(dispatcher, token, data);
    }

    private void dispatch(Dispatcher to, String token, int data) {
        long now = System.currentTimeMillis();
        to.dispatch(0, offset++, now, now, event(token, data), null);
        to.flush();
    }

    private static PushEvent event(String token, int data) {
        return new PushEvent(List.of(token), "", RawJson.of(String.valueOf(data)), null, null, null);
    }

    private static int nextData(Wire wire) {
        return Json.parse(wire.next().substring(2)).path(1).path("data").asInt();
    }

    private static String nextCursorOfPush(Wire wire) {
        return Json.parse(wire.next().substring(2)).path(2).asString();
    }

    // ---- what the stock client takes for its offset: the last argument of any event, if it is a string

    /** All events of a conversation, of the generations that have an offset (3.x and 4.x speak the same protocol). */
    @Test
    void nothingButEventsAndTheCursorAloneEndsWithAString() {
        SocketServer node = server(Greeting.EVERYBODY, logins, expiring(), Duration.ofHours(1));
        delivery.goesOutBy(node);
        node.start();
        List<JsonNode> events = new ArrayList<>();
        try (Wire wire = Wire.v4(node.port())) {
            wire.send("40{\"tokenId\":\"anna\",\"cursor\":\"nonsense\"}");
            collect(wire, "40{", events);
            Wire other = Wire.connected(node.port());
            other.send("42[\"user_login\",{\"tokenId\":\"ben\"}]");
            dispatch("anna", 1);
            wire.send("421[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"nonsense\"}]");
            wire.send("422[\"user_login\",{}]");
            wire.send("423[\"no such event\",\"text\"]");
            wire.send("424[\"message_received\",\"text\"]");
            wire.send("425[\"user_login\",{\"tokenId\":\"ben\",\"cursor\":\"AQAAAAcBAA\"}]");
            wire.send("426[\"user_login\",{\"tokenId\":\"anna\",\"cursor\":\"AQAAAAcBAA\"}]");
            collect(wire, "436", events);
            collect(wire, "42[\"token_expiring\"", events);
            dispatcher.lost(0, 100);
            dispatcher.failed(0, 101, new PushEvent(List.of("anna"), "", RawJson.of("1"), null, null, null));
            offset = 102;
            dispatch("anna", 2);
            wire.send("427[\"user_logout\"]").send("428[\"user_logout\"]");
            collect(wire, "438", events);
            assertThat(wire.nextCursor()).as("after the first login").isNotEmpty();
            other.close();
            await().untilAsserted(() -> assertThat(registry.sessionCount()).isZero());
        } finally {
            node.stop();
            delivery.goesOutBy(server);
        }
        assertThat(events.stream().map(event -> event.path(0).asString()))
                .contains("receive_message", "resync_required", "new_user", "token_expiring");
        for (JsonNode event : events) {
            JsonNode last = event.path(event.size() - 1);
            if (event.path(0).asString().equals("receive_message")) {
                assertThat(Cursor.of(last.asString())).as("%s", event).isNotSameAs(Cursor.UNREADABLE);
            } else {
                assertThat(last.isString()).as("%s", event).isFalse();
            }
        }
    }

    /** Collects the events until a packet comes; {@code cursor}, of which the wire has a list of its own, is none. */
    private static void collect(Wire wire, String last, List<JsonNode> events) {
        String packet;
        do {
            packet = wire.next();
            if (packet.startsWith("42")) {
                events.add(Json.parse(packet.substring(2)));
            }
        } while (!packet.startsWith(last));
    }

    /** Believes everybody for ten minutes. */
    private static Authenticator expiring() {
        return new Authenticator() {
            @Override
            public boolean concerns(@Nullable String tokenId, @Nullable String jwt) {
                return true;
            }

            @Override
            public void authenticate(@Nullable String tokenId, @Nullable String jwt, Consumer<Verdict> verdict) {
                Instant end = Instant.now().plus(Duration.ofMinutes(10));
                verdict.accept(
                        tokenId == null
                                ? new Verdict.Refused(LoginRefusal.NO_TOKEN_ID)
                                : new Verdict.Accepted(tokenId, new Credential(null, null, end, end)));
            }

            @Override
            public boolean revokes(Login login) {
                return false;
            }

            @Override
            public void admit(String ownToken) {
                throw new AssertionError();
            }

            @Override
            public boolean isStrict() {
                return false;
            }
        };
    }

    @Test
    void stopSaysGoingAway() {
        try (Wire wire = Wire.connected(server.port())) {
            login(wire, "anna");
            server.stop();
            assertThat(wire.closed()).isEqualTo("1001 shutdown");
            assertThat(ended(SessionEnd.SHUTDOWN)).isEqualTo(1);
        }
    }

    @Test
    void othersHearOfANewUserIfAsked() {
        SocketServer greeting = server(Greeting.EVERYBODY);
        greeting.start();
        try (Wire first = Wire.connected(greeting.port());
                Wire second = Wire.connected(greeting.port())) {
            assertThat(first.next()).isEqualTo("42[\"new_user\",{}]");
            assertThat(second.isQuiet()).isTrue();
        } finally {
            greeting.stop();
        }
    }

    private static String login(Wire wire, String token) {
        return wire.send("421[\"user_login\",{\"tokenId\":\"" + token + "\",\"userId\":\"u\",\"socketId\":\"x\"}]")
                .next();
    }

    private void push(String token, String packet) {
        delivery.send(registry.sessionsOf(token), frame(packet));
    }

    private static Frame frame(String packet) {
        return new Frame(packet.getBytes(UTF_8));
    }

    private void awaitWritten(int count) {
        await().untilAsserted(
                        () -> assertThat(deliveries(DeliveryOutcome.WRITTEN)).isEqualTo(count));
        assertThat(deliveries(DeliveryOutcome.SLOW) + deliveries(DeliveryOutcome.CLOSED))
                .isZero();
    }

    private double deliveries(DeliveryOutcome outcome) {
        return meters.get(Meters.DELIVERIES.meter())
                .tag("outcome", outcome.word())
                .counter()
                .count();
    }

    private double ended(SessionEnd end) {
        return meters.get(Meters.SESSIONS_ENDED.meter())
                .tag("reason", end.word())
                .counter()
                .count();
    }
}
