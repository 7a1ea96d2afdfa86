package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Connect;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The stock clients lose their connection and come back, to the same node or to another: nothing lost, nothing twice. */
final class ResumeIT {
    private static final int PARTITIONS = 3;
    private static final Map<String, String> ANNA = Map.of("tokenId", "anna", "userId", "1");
    private static final Map<String, Object> KEYED = keyedBy("0123456789abcdef0123456789abcdef");

    private static final Topic topic = Topic.create(PARTITIONS);

    @RegisterExtension
    static final Bridge one = Bridge.on(topic, KEYED);

    @RegisterExtension
    static final Bridge other = Bridge.on(topic, KEYED);

    @RegisterExtension
    static final Bridge stranger = Bridge.on(topic, keyedBy("a key that the other nodes do not have"));

    private final Forwarder way = new Forwarder(addressOf(one));
    private final List<Client> travellers = new ArrayList<>();
    private int number;

    @AfterEach
    void closeWay() {
        travellers.forEach(Client::close); // as long as they can say goodbye
        way.close();
    }

    /** Logs in with the connect: the official recovery, three times in a row. */
    @ParameterizedTest
    @EnumSource(names = {"NODE_4_WEBSOCKET", "NODE_4_POLLING", "NODE_4_UPGRADE"})
    void sessionIsRecoveredOnEitherNode(ClientKind kind) {
        Client anna = anna(kind, Style.AUTH);
        if (kind.upgrades()) {
            String ignored = anna.awaitWebSocket();
        }
        String id = anna.id();
        pushAndExpect(anna);
        for (Bridge next : List.of(other, one, other)) {
            way.cut();
            int missed = number;
            push(0, "anna");
            push(1, "ben");
            push(2, "anna");
            push(0, "anna");
            way.mend(addressOf(next));
            assertThat(anna.awaitReconnect()).isEqualTo(new Connect(id, true));
            expectInOrderOfTheirPartitions(anna, List.of(missed, missed + 3), missed + 2);
            pushAndExpect(anna);
        }
        assertThat(anna.unread()).isEmpty();
    }

    /** Logs in after each connect, as the original's page: the answer says what the recovery says elsewhere. */
    @ParameterizedTest
    @EnumSource(names = {"NODE_4_WEBSOCKET", "NODE_4_POLLING", "NODE_4_UPGRADE"})
    void loginAfterTheConnectGetsWhatWasMissedOnce(ClientKind kind) {
        Client anna = anna(kind, Style.EVENT);
        String id = anna.id();
        assertThat(anna.nextLoginAnswer().path("recovered").asBoolean()).isFalse();
        pushAndExpect(anna);
        for (Bridge next : List.of(other, one, other)) {
            way.cut();
            push(1, "anna");
            way.mend(addressOf(next));
            assertThat(anna.awaitReconnect()).as("its id, but not its login").isEqualTo(new Connect(id, false));
            JsonNode answer = anna.nextLoginAnswer();
            assertThat(answer.path("recovered").asBoolean()).as("%s", answer).isTrue();
            assertThat(answer.path("replayed").asInt()).as("%s", answer).isEqualTo(1);
            assertThat(nextNumber(anna)).isEqualTo(number - 1);
            pushAndExpect(anna);
        }
        assertThat(anna.unread()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void clientThatNeverGotAnEventMissesNoneEither(Style style) {
        Client anna = anna(ClientKind.NODE_4_WEBSOCKET, style);
        awaitLoggedIn(anna, style);
        way.cut();
        push(0, "anna");
        way.mend(addressOf(other));
        assertThat(nextNumber(anna)).isEqualTo(number - 1);
        pushAndExpect(anna);
        assertThat(anna.unread()).isEmpty();
    }

    /** What is missed is more than a socket takes at once, and it goes on while the client comes back. */
    @ParameterizedTest
    @EnumSource
    void clientThatComesBackInAStormOfEventsGetsThemInOrder(Style style) {
        int storm = 2000;
        Client anna = anna(ClientKind.NODE_4_WEBSOCKET, style);
        awaitLoggedIn(anna, style);
        for (Bridge next : List.of(other, one)) {
            int first = number;
            topic.sendAll(0, pushes(storm, "anna"));
            way.cut();
            topic.sendAll(0, pushes(storm, "anna"));
            way.mend(addressOf(next));
            topic.sendAll(0, pushes(storm, "anna"));
            for (int expected = first; expected < number; expected++) {
                assertThat(nextNumber(anna)).isEqualTo(expected);
            }
        }
        assertThat(anna.unread()).isEmpty();
    }

    /** Signed by keys that this node does not have, or by nobody: no session of before, and nothing is missed. */
    @Test
    void foreignPidBeginsANewSessionWithAllThatWasMissed() {
        Client anna = anna(ClientKind.NODE_4_WEBSOCKET, Style.AUTH);
        String id = anna.id();
        pushAndExpect(anna);
        way.cut();
        push(1, "anna");
        way.mend(addressOf(stranger));
        Connect again = anna.awaitReconnect();
        assertThat(again.recovered()).isFalse();
        assertThat(again.id()).isNotEqualTo(id);
        assertThat(nextNumber(anna)).isEqualTo(number - 1);
        pushAndExpect(anna);
        assertThat(anna.unread()).isEmpty();
    }

    /** The stock client lets its {@code auth} go over what it knows itself. */
    @Test
    void forgedPidBeginsANewSession() {
        Client ben = one.open(ClientKind.NODE_4_WEBSOCKET);
        String bensId = ben.id();
        Map<String, String> forged = new HashMap<>(ANNA);
        forged.put("pid", bensId);
        Client anna = one.begin(ClientKind.NODE_4_WEBSOCKET, wayHere().with(forged));
        assertThat(anna.id()).isNotEqualTo(bensId);
        pushAndExpect(anna);
    }

    @Test
    void reloadedPageGoesOnWithTheCursorThatItKept() {
        Client before = one.open(ClientKind.NODE_4_WEBSOCKET);
        before.login("anna");
        push(0, "anna");
        String cursor = before.next().args().get(1).asString();
        before.close();
        push(1, "anna");

        Client after = other.open(ClientKind.NODE_4_WEBSOCKET);
        JsonNode answer = loginAt(after, cursor);

        assertThat(answer.path("recovered").asBoolean()).isTrue();
        assertThat(answer.path("replayed").asInt()).isEqualTo(1);
        assertThat(nextNumber(after)).isEqualTo(number - 1);
        pushAndExpect(after);
        assertThat(after.unread()).isEmpty();
    }

    @Test
    void generation3ComesBackWithACursorOfItsOwn_andGeneration2WithThatOfItsLogin() {
        Client third = one.open(ClientKind.NODE_3_WEBSOCKET);
        Client second = one.open(ClientKind.NODE_2_WEBSOCKET);
        third.login("anna");
        String login = second.login("anna").path("cursor").asString();
        push(0, "anna");
        String cursor = third.next().args().get(1).asString();
        assertThat(second.next().args()).as("no cursor").hasSize(1);
        third.close();
        second.close();
        push(0, "anna");

        Client thirdAgain = other.open(ClientKind.NODE_3_WEBSOCKET);
        assertThat(loginAt(thirdAgain, cursor).path("replayed").asInt()).isEqualTo(1);
        assertThat(nextNumber(thirdAgain)).isEqualTo(number - 1);
        Client secondAgain = other.open(ClientKind.NODE_2_WEBSOCKET);
        assertThat(loginAt(secondAgain, login).path("replayed").asInt())
                .as("all since its login")
                .isEqualTo(2);
        assertThat(nextNumber(secondAgain)).isEqualTo(number - 2);
        assertThat(nextNumber(secondAgain)).isEqualTo(number - 1);
        pushAndExpect(thirdAgain);
        assertThat(nextNumber(secondAgain)).isEqualTo(number - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no cursor at all", "AQAAAAAA"})
    void whoCannotBeHelpedIsToldWhy(String cursor) {
        Client anna = one.open(ClientKind.NODE_4_WEBSOCKET);
        JsonNode answer = loginAt(anna, cursor);
        assertThat(answer.path("recovered").asBoolean()).isFalse();
        assertThat(anna.next("resync_required").get(0).path("reason").asString())
                .isEqualTo(cursor.startsWith("no") ? "cursor" : "topic");
        pushAndExpect(anna);
    }

    @Test
    void sameIdIsPushedOnceByEitherNode_whateverPartitionsItCameBy() {
        Client here = one.open(ClientKind.NODE_4_WEBSOCKET);
        Client there = other.open(ClientKind.NODE_4_WEBSOCKET);
        here.login("anna");
        there.login("anna");
        long before = one.figures().of(Meters.RECORDS, RecordOutcome.DUPLICATE.word());

        for (int partition = 0; partition < PARTITIONS; partition++) {
            topic.send(partition, "{\"tokens\":[\"anna\"],\"data\":\"once\",\"id\":\"like-1\"}");
        }

        one.await(Meters.RECORDS, RecordOutcome.DUPLICATE.word(), before + 2);
        other.await(Meters.RECORDS, RecordOutcome.DUPLICATE.word(), before + 2);
        assertThat(here.nextPush().path("data").asString()).isEqualTo("once");
        assertThat(there.nextPush().path("data").asString()).isEqualTo("once");
        pushAndExpect(here);
        assertThat(nextNumber(there)).isEqualTo(number - 1);
    }

    @Test
    void newPartitionIsReadFromItsBeginning_alsoForWhoWasAwayMeanwhile() {
        Topic growing = Topic.create();
        try (Bridge here = Bridge.on(growing, KEYED).start();
                Bridge there = Bridge.on(growing, KEYED).start()) {
            Client ben = there.open(ClientKind.NODE_4_WEBSOCKET);
            ben.login("ben");
            way.mend(addressOf(here));
            way.open();
            Client anna = here.begin(
                    ClientKind.NODE_4_WEBSOCKET,
                    ClientOptions.to("http://" + way.address()).with(ANNA).reconnecting());
            String id = anna.id();
            way.cut();
            growing.grow(2);
            growing.send(1, record("anna", "ben"));
            assertThat(nextNumber(ben)).isEqualTo(number - 1);
            way.mend(addressOf(there));
            assertThat(anna.awaitReconnect()).isEqualTo(new Connect(id, true));
            assertThat(nextNumber(anna)).isEqualTo(number - 1);
            anna.close(); // before the node is that it has come to
        }
    }

    @Test
    void switchedOff_clientsGetNoCursorAndNothingOfWhatTheyMissed() {
        try (Bridge plain =
                Bridge.on(topic, Map.of("push.resume.enabled", false)).start()) {
            way.mend(addressOf(plain));
            way.open();
            Client anna = plain.begin(
                    ClientKind.NODE_4_WEBSOCKET,
                    ClientOptions.to("http://" + way.address()).reconnecting().forNode(Map.of("login", ANNA)));
            JsonNode answer = anna.nextLoginAnswer();
            assertThat(answer.has("cursor")).as("%s", answer).isFalse();
            push(0, "anna");
            assertThat(anna.next().args()).as("the event alone").hasSize(1);
            way.cut();
            push(0, "anna");
            plain.await(Meters.SESSIONS, 0);
            way.mend(addressOf(plain));
            assertThat(anna.awaitReconnect().recovered()).isFalse();
            assertThat(anna.nextLoginAnswer().path("replayed").asInt()).isZero();
            pushAndExpect(anna);
            assertThat(anna.cursor()).isEmpty();
        }
    }

    /** How a page logs in. */
    private enum Style {
        /** In the handshake. */
        AUTH,
        /** With {@code user_login} after each connect. */
        EVENT
    }

    private Client anna(ClientKind kind, Style style) {
        ClientOptions options = wayHere().reconnecting();
        Client anna =
                one.begin(kind, style == Style.AUTH ? options.with(ANNA) : options.forNode(Map.of("login", ANNA)));
        travellers.add(anna);
        String ignored = anna.id();
        return anna;
    }

    private static void awaitLoggedIn(Client client, Style style) {
        if (style == Style.EVENT) {
            assertThat(client.nextLoginAnswer().path("ok").asBoolean()).isTrue();
        }
    }

    private ClientOptions wayHere() {
        way.open();
        return ClientOptions.to("http://" + way.address());
    }

    private static JsonNode loginAt(Client client, String cursor) {
        return client.ask("user_login", "{\"tokenId\":\"anna\",\"cursor\":" + Json.write(cursor) + "}");
    }

    private static Map<String, Object> keyedBy(String key) {
        return Map.of(
                "push.resume.keys",
                key,
                "push.kafka.partition-check-interval",
                "1s",
                // How long a session lives whose client was cut off between two polls, and went elsewhere.
                "push.socket.ping-interval",
                "1s",
                "push.socket.ping-timeout",
                "4s");
    }

    private static String addressOf(Bridge node) {
        return "127.0.0.1:" + node.socketPort();
    }

    private void push(int partition, String... tokens) {
        topic.send(partition, record(tokens));
    }

    private List<String> pushes(int count, String... tokens) {
        return Stream.generate(() -> record(tokens)).limit(count).toList();
    }

    private String record(String... tokens) {
        return "{\"tokens\":" + Json.write(tokens) + ",\"data\":" + number++ + "}";
    }

    private void pushAndExpect(Client client) {
        push(number % PARTITIONS, "anna");
        assertThat(nextNumber(client)).isEqualTo(number - 1);
    }

    private static int nextNumber(Client client) {
        return client.nextPush().path("data").asInt();
    }

    private static void expectInOrderOfTheirPartitions(Client client, List<Integer> ofOne, Integer ofAnother) {
        int count = ofOne.size() + 1;
        List<Integer> came =
                Stream.generate(() -> nextNumber(client)).limit(count).toList();
        assertThat(came).containsSubsequence(ofOne).contains(ofAnother);
    }
}
