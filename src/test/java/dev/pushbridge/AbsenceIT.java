package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Connect;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** How long one may be away, and what may happen to node and topic meanwhile: no hole that nobody is told of. */
final class AbsenceIT {
    /** The window is small in bytes, so that no test depends on the time that it takes. */
    private static final Map<String, Object> SMALL_WINDOW = Map.of(
            "push.resume.keys",
            "0123456789abcdef0123456789abcdef",
            "push.replay.size",
            "1MB",
            "push.socket.ping-interval",
            "500ms",
            "push.kafka.partition-check-interval",
            "1s");
    /** More than the window takes. */
    private static final List<String> MANY_FOR_BEN =
            Collections.nCopies(10, "{\"tokens\":[\"ben\"],\"data\":\"" + "x".repeat(250_000) + "\"}");

    private final Topic topic = Topic.create();
    private final Bridge bridge = Bridge.on(topic, SMALL_WINDOW).start();
    private final Forwarder way = new Forwarder(address());

    @AfterEach
    void end() {
        way.close();
        bridge.abandon(); // its topic was not always left as it was
    }

    /** Connected for longer than the window reaches back, and all the while nothing came for them. */
    @Test
    void quietClientsMissNothing() {
        Client anna = begin("anna");
        Client carla = bridge.begin(
                ClientKind.NODE_4_WEBSOCKET,
                ClientOptions.to("http://" + way.address())
                        .reconnecting()
                        .forNode(Map.of("login", Map.of("tokenId", "carla"))));
        String first = carla.nextLoginAnswer().path("cursor").asString();
        String annasId = anna.id();

        topic.sendAll(0, MANY_FOR_BEN);
        String latest = cursorHere();
        assertThat(loginAt("carla", first).path("recovered").asBoolean())
                .as("where she began is not covered any more")
                .isFalse();
        awaitCursor(anna, latest);
        awaitCursor(carla, latest);
        way.cut();
        topic.send("{\"tokens\":[\"anna\",\"carla\"],\"data\":\"while away\"}");
        way.mend(address());

        assertThat(anna.awaitReconnect()).isEqualTo(new Connect(annasId, true));
        assertThat(anna.nextPush().path("data").asString()).isEqualTo("while away");
        assertThat(carla.nextLoginAnswer().path("recovered").asBoolean()).isTrue();
        assertThat(carla.nextPush().path("data").asString()).isEqualTo("while away");
    }

    @Test
    void whoIsAwayForTooLongIsToldSo_andGetsWhatComesThen() {
        Client anna = begin("anna");
        String ignored = anna.id();
        way.cut();
        topic.send("{\"tokens\":[\"anna\"],\"data\":\"lost to her\"}");
        topic.sendAll(0, MANY_FOR_BEN);
        bridge.await(Meters.RECORDS_CONSUMED, MANY_FOR_BEN.size() + 1);
        way.mend(address());

        assertThat(anna.awaitReconnect().recovered()).isFalse();
        expectResync(anna, "expired");
        expectNew(anna);
    }

    @Test
    void restartLosesNothing_notEvenWhereAProducersClockIsAhead() {
        Client anna = begin("anna");
        String id = anna.id();
        way.cut();
        bridge.stop();
        topic.send("{\"tokens\":[\"anna\"],\"data\":1}");
        topic.send(Instant.now().plus(Duration.ofMinutes(30)), "{\"tokens\":[\"anna\"],\"data\":2}");
        topic.send("{\"tokens\":[\"anna\"],\"data\":3}");
        bridge.start();
        way.mend(address());

        assertThat(anna.awaitReconnect()).isEqualTo(new Connect(id, true));
        for (int data = 1; data <= 3; data++) {
            assertThat(anna.nextPush().path("data").asInt()).isEqualTo(data);
        }
        expectNew(anna);
    }

    /** The record is older than the window by its timestamp, so that the node does not read it back. */
    @Test
    void producersClockThatIsBehindIsNoSilentHole() {
        Client anna = begin("anna");
        String ignored = anna.id();
        way.cut();
        bridge.stop();
        topic.send(Instant.now().minus(Duration.ofDays(1)), "{\"tokens\":[\"anna\"],\"data\":\"old?\"}");
        bridge.start();
        way.mend(address());

        expectResync(anna, "expired");
        expectNew(anna);
    }

    @Test
    void recordsThatWereDroppedWhileTheNodeWasAwayAreNoSilentHole() {
        Client anna = begin("anna");
        String ignored = anna.id();
        way.cut();
        bridge.stop();
        topic.send("{\"tokens\":[\"anna\"],\"data\":\"dropped\"}");
        topic.dropRecords();
        bridge.start();
        way.mend(address());

        expectResync(anna, "expired");
        expectNew(anna);
    }

    /** Retention overtakes the node: its next fetch is out of range. */
    @Test
    void recordsThatWereDroppedBeforeTheNodeReadThemAreNoSilentHole() {
        Client anna = begin("anna");
        String ignored = anna.id();
        topic.dropUnread("{\"tokens\":[\"anna\"],\"data\":\"dropped\"}");

        expectResync(anna, "lost");
        expectNew(anna);
    }

    @Test
    void topicThatIsMadeAnewIsNoSilentHoleForThoseWhoAreHereOrWhoComeBack() {
        Client ben = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        ben.login("ben");
        Client anna = begin("anna");
        String ignored = anna.id();
        topic.send("{\"tokens\":[\"anna\",\"ben\"],\"data\":\"old\"}");
        assertThat(anna.nextPush().path("data").asString()).isEqualTo("old");
        assertThat(ben.nextPush().path("data").asString()).isEqualTo("old");
        way.cut();

        topic.makeAnew();

        expectResync(ben, "topic");
        way.mend(address());
        expectResync(anna, "topic");
        expectNew(anna);
    }

    /** Logs in with the connect, and comes back by itself. */
    private Client begin(String token) {
        way.open();
        return bridge.begin(
                ClientKind.NODE_4_WEBSOCKET,
                ClientOptions.to("http://" + way.address())
                        .with(Map.of("tokenId", token))
                        .reconnecting());
    }

    private String address() {
        return "127.0.0.1:" + bridge.socketPort();
    }

    /** How far the node is. */
    private String cursorHere() {
        bridge.await(Meters.RECORDS_CONSUMED, MANY_FOR_BEN.size());
        return bridge.open(ClientKind.NODE_4_WEBSOCKET)
                .login("nobody")
                .path("cursor")
                .asString();
    }

    private JsonNode loginAt(String token, String cursor) {
        return bridge.open(ClientKind.NODE_4_WEBSOCKET)
                .ask("user_login", Json.write(Map.of("tokenId", token, "cursor", cursor)));
    }

    private static void awaitCursor(Client client, String cursor) {
        Awaitility.await("the cursor of " + client)
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(client.cursor()).isEqualTo(cursor));
    }

    private static void expectResync(Client client, String reason) {
        assertThat(client.next("resync_required").get(0).path("reason").asString())
                .isEqualTo(reason);
    }

    private void expectNew(Client client) {
        topic.send("{\"tokens\":[\"anna\"],\"data\":\"new\"}");
        assertThat(client.nextPush().path("data").asString()).isEqualTo("new");
        assertThat(client.unread()).isEmpty();
    }
}
