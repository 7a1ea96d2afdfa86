package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.HandOver;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Received;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What nobody took in time, on two nodes of one topic: handed over once, and taken back when somebody takes it late. */
final class UndeliveredIT {
    /** Long enough for whoever is to be in time, on a machine that does much else. */
    private static final Duration AFTER = Duration.ofSeconds(10);

    private static final Topics BY_SESSION = Topics.create();
    private static final Topics BY_ACKNOWLEDGEMENT = Topics.create();

    @RegisterExtension
    static final Bridge one = BY_SESSION.node("session");

    @RegisterExtension
    static final Bridge other = BY_SESSION.node("session");

    @RegisterExtension
    static final Bridge strict = BY_ACKNOWLEDGEMENT.node("acknowledgement");

    @RegisterExtension
    static final Bridge alsoStrict = BY_ACKNOWLEDGEMENT.node("acknowledgement");

    @Test
    void whatNobodyTookIsHandedOverOnceAndWhatWasTakenAnywhereIsNot() {
        Topic events = BY_SESSION.begun(one);
        one.open(ClientKind.NODE_4_WEBSOCKET).login("anna");
        other.open(ClientKind.NODE_4_WEBSOCKET).login("ben");
        String carlas = away(one, "carla");
        String doras = away(one, "dora");
        Client carla = other.open(ClientKind.NODE_4_WEBSOCKET);

        events.send(0, "{\"tokens\":[\"anna\",\"ben\",\"nobody\"],\"type\":\"like\",\"data\":{\"n\":1.50}}");
        events.send(0, "{\"tokens\":[\"carla\"],\"data\":\"in time\"}");
        events.send(0, "{\"tokens\":[\"nobody\"],\"type\":\"" + PushEvent.CANARY + "\"}");
        events.send(0, "{\"tokens\":[\"dora\"],\"data\":\"too late\"}");
        events.send(1, "{\"tokens\":[\"anna\",\"ben\"],\"data\":2}");
        events.send(1, "{\"tokens\":[\"ben\"],\"data\":\"first\",\"id\":\"same\"}");
        events.send(1, "{\"tokens\":[\"ben\"],\"data\":\"repeat\",\"id\":\"same\"}");
        events.send(1, "{\"tokens\":[\"late\"],\"data\":3}");

        // Whoever comes back in time finds it in the replay window, and it is handed over to nobody.
        assertThat(back(carla, "carla", carlas).args().get(0).path("data").asString())
                .isEqualTo("in time");

        Map<String, String> handedOver = BY_SESSION.await(3);
        assertThat(handedOver)
                .containsOnlyKeys(
                        events.name() + "-0@0/nobody", events.name() + "-0@3/dora", events.name() + "-1@3/late")
                .hasEntrySatisfying(events.name() + "-0@0/nobody", value -> {
                    JsonNode event = Json.parse(value);
                    assertThat(event.path("tokens").toString()).isEqualTo("[\"nobody\"]");
                    assertThat(event.path("type").asString()).isEqualTo("like");
                    assertThat(value).contains("\"data\":{\"n\":1.50}");
                });
        assertThat(BY_SESSION.undelivered.records()).as("once per cluster").hasSize(3);

        // Whoever comes back late gets it all the same, and it is taken back.
        Client dora = other.open(ClientKind.NODE_4_WEBSOCKET);
        assertThat(back(dora, "dora", doras).args().get(0).path("data").asString())
                .isEqualTo("too late");
        BY_SESSION.awaitTakenBack(events.name() + "-0@3/dora");

        assertThat(sum(one, other, HandOver.HANDED_OVER)).isEqualTo(3);
        assertThat(sum(one, other, HandOver.TAKEN_BACK)).isEqualTo(1);
        assertThat(one.management("/actuator/prometheus").body())
                .as("Kafka's own meters of the reader of receipts")
                .containsPattern("kafka_consumer_\\w+\\{client_id=\"[^\"]+-receipts\"");
        assertThat(one.figures().of(Meters.RECEIPTS_LOST) + other.figures().of(Meters.RECEIPTS_LOST))
                .isZero();
    }

    @Test
    void whatNoClientAcknowledgedIsHandedOverOnceAlsoIfItWasWritten() {
        Topic events = BY_ACKNOWLEDGEMENT.begun(strict);
        Client anna = strict.open(ClientKind.NODE_4_WEBSOCKET);
        Client annaToo = alsoStrict.open(ClientKind.NODE_4_WEBSOCKET);
        Client ben = alsoStrict.open(ClientKind.NODE_4_WEBSOCKET);
        Client old = strict.open(ClientKind.NODE_2_WEBSOCKET);
        anna.login("anna");
        annaToo.login("anna");
        ben.login("ben");
        old.login("old");
        String carlas = away(strict, "carla");
        String doras = away(strict, "dora");
        Client carla = alsoStrict.open(ClientKind.NODE_4_WEBSOCKET);
        Client fresh = strict.open(ClientKind.NODE_4_WEBSOCKET);

        events.send(0, "{\"tokens\":[\"anna\"],\"data\":\"with the next\"}");
        events.send(0, "{\"tokens\":[\"anna\",\"ben\",\"old\",\"fresh\"],\"data\":\"one\"}");
        events.send(0, "{\"tokens\":[\"carla\"],\"data\":\"in time\"}");
        events.send(1, "{\"tokens\":[\"dora\"],\"data\":\"too late\"}");

        // One tab's word is enough, and it holds for what came before.
        anna.next();
        acknowledge(anna, anna.next());
        annaToo.next();
        assertThat(annaToo.nextPush().path("data").asString()).isEqualTo("one");
        // Written, and nothing said; an old client has no cursor to say it with.
        assertThat(ben.nextPush().path("data").asString()).isEqualTo("one");
        assertThat(old.nextPush().path("data").asString()).isEqualTo("one");
        // What is acknowledged is what came to this session, and not what was before it.
        fresh.login("fresh");
        events.send(0, "{\"tokens\":[\"fresh\"],\"data\":\"two\"}");
        acknowledge(fresh, fresh.next());
        acknowledge(carla, back(carla, "carla", carlas));

        assertThat(BY_ACKNOWLEDGEMENT.await(4))
                .containsOnlyKeys(
                        events.name() + "-0@1/ben",
                        events.name() + "-0@1/old",
                        events.name() + "-0@1/fresh",
                        events.name() + "-1@0/dora");

        Client dora = alsoStrict.open(ClientKind.NODE_4_WEBSOCKET);
        acknowledge(dora, back(dora, "dora", doras));
        BY_ACKNOWLEDGEMENT.awaitTakenBack(events.name() + "-1@0/dora");

        assertThat(BY_ACKNOWLEDGEMENT.undelivered.records())
                .as("each once per cluster, and one taken back")
                .hasSize(5);
        assertThat(sum(strict, alsoStrict, HandOver.HANDED_OVER)).isEqualTo(4);
    }

    /** Logs a client in, takes it away, and returns where it was. */
    private static String away(Bridge node, String token) {
        Client client = node.open(ClientKind.NODE_4_WEBSOCKET);
        String cursor = client.login(token).path("cursor").asString();
        client.disconnect();
        return cursor;
    }

    /** Returns the first push that it has missed. */
    private static Received back(Client client, String token, String cursor) {
        JsonNode answer = client.ask("user_login", Json.write(Map.of("tokenId", token, "cursor", cursor)));
        assertThat(answer.path("recovered").asBoolean()).isTrue();
        return client.next();
    }

    private static void acknowledge(Client client, Received push) {
        assertThat(push.event()).isEqualTo("receive_message");
        client.emit("message_received", Json.write(push.args().get(1).asString()));
    }

    private static long sum(Bridge node, Bridge another, HandOver what) {
        return node.figures().of(Meters.UNDELIVERED, what.word())
                + another.figures().of(Meters.UNDELIVERED, what.word());
    }

    /** What the nodes of a cluster read and write. */
    private record Topics(Topic events, Topic undelivered, Topic receipts) {
        static Topics create() {
            return new Topics(Topic.create(2), Topic.create(3), Topic.create(2));
        }

        Bridge node(String takenBy) {
            return Bridge.on(
                    events,
                    Map.of(
                            "push.undelivered.enabled",
                            true,
                            "push.undelivered.topic",
                            undelivered.name(),
                            "push.undelivered.receipts-topic",
                            receipts.name(),
                            "push.undelivered.taken-by",
                            takenBy,
                            "push.undelivered.after",
                            AFTER.toSeconds() + "s"));
        }

        /** What comes before the group knows where it begins is nobody's. */
        Topic begun(Bridge node) {
            events.awaitPlaces(node.group() + "-undelivered");
            return events;
        }

        /** Waits until so many stand there, or more. */
        Map<String, String> await(int count) {
            return Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(this::latest, found -> found.size() >= count);
        }

        void awaitTakenBack(String key) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(latest()).containsEntry(key, "taken back"));
        }

        /** By key, as a compacted topic would have it. */
        private Map<String, String> latest() {
            Map<String, String> latest = new TreeMap<>();
            for (ConsumerRecord<byte[], byte[]> record : undelivered.records()) {
                latest.put(
                        new String(record.key(), UTF_8),
                        record.value() == null ? "taken back" : new String(record.value(), UTF_8));
            }
            return latest;
        }
    }
}
