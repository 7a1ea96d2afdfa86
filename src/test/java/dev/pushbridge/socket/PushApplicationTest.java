package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Logins;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.socket.PushApplication.Greeting;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
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
        Gate gate =
                new Gate(Authenticator.trusting(), registry, metrics, Clock.systemUTC(), Duration.ZERO, Duration.ZERO);
        PushApplication application =
                new PushApplication(registry, logins, gate, pids, greeting, metrics, new Departures());
        return new SocketServer(
                TestSettings.with("shutdown-grace", "0s"),
                List.of(new Endpoint("/socket.io", session -> new SocketConversation(session, application))),
                metrics);
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
        return wire.send("421[\"user_login\",{\"tokenId\":\"" + token + "\",\"cursor\":\"" + cursor + "\"}]")
                .next();
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
        PushEvent event = new PushEvent(List.of(token), "", RawJson.of(String.valueOf(data)), null, null, null);
        long now = System.currentTimeMillis();
        dispatcher.dispatch(0, offset++, now, now, event, null);
        dispatcher.flush();
    }

    private static int nextData(Wire wire) {
        return Json.parse(wire.next().substring(2)).path(1).path("data").asInt();
    }

    private static String nextCursorOfPush(Wire wire) {
        return Json.parse(wire.next().substring(2)).path(2).asString();
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
