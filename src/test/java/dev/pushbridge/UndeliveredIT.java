package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.HandOver;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What nobody took in time, on two nodes of one topic: handed over once, and taken back when somebody takes it late. */
final class UndeliveredIT {
    private static final Duration AFTER = Duration.ofSeconds(2);
    private static final Topic EVENTS = Topic.create(2);
    private static final Topic UNDELIVERED = Topic.create(3);
    private static final Topic RECEIPTS = Topic.create(2);
    private static final Map<String, Object> PROPERTIES = Map.of(
            "push.undelivered.enabled",
            true,
            "push.undelivered.topic",
            UNDELIVERED.name(),
            "push.undelivered.receipts-topic",
            RECEIPTS.name(),
            "push.undelivered.after",
            AFTER.toSeconds() + "s");

    @RegisterExtension
    static final Bridge one = Bridge.on(EVENTS, PROPERTIES);

    @RegisterExtension
    static final Bridge other = Bridge.on(EVENTS, PROPERTIES);

    @Test
    void whatNobodyTookIsHandedOverOnceAndWhatWasTakenAnywhereIsNot() {
        Client anna = one.open(ClientKind.NODE_4_WEBSOCKET);
        Client ben = other.open(ClientKind.NODE_4_WEBSOCKET);
        anna.login("anna");
        ben.login("ben");

        EVENTS.send(0, "{\"tokens\":[\"anna\",\"ben\",\"nobody\"],\"type\":\"like\",\"data\":{\"n\":1.50}}");
        EVENTS.send(1, "{\"tokens\":[\"anna\",\"ben\"],\"data\":2}");
        EVENTS.send(1, "{\"tokens\":[\"ben\"],\"data\":\"first\",\"id\":\"same\"}");
        EVENTS.send(1, "{\"tokens\":[\"ben\"],\"data\":\"repeat\",\"id\":\"same\"}");
        EVENTS.send(1, "{\"tokens\":[\"late\"],\"data\":3}");

        Map<String, String> handedOver = await("nobody", "late");
        assertThat(handedOver).hasSize(2).hasEntrySatisfying(EVENTS.name() + "-0@0/nobody", value -> {
            JsonNode event = Json.parse(value);
            assertThat(event.path("tokens").toString()).isEqualTo("[\"nobody\"]");
            assertThat(event.path("type").asString()).isEqualTo("like");
            assertThat(value).contains("\"data\":{\"n\":1.50}");
        });
        assertThat(UNDELIVERED.records()).as("once per cluster").hasSize(2);

        // Whoever comes back in time finds it in the replay window, and it is handed over to nobody.
        Client carla = one.open(ClientKind.NODE_4_WEBSOCKET);
        String cursor = carla.login("carla").path("cursor").asString();
        carla.disconnect();
        EVENTS.send(0, "{\"tokens\":[\"carla\"],\"data\":\"in time\"}");
        Client back = other.open(ClientKind.NODE_4_WEBSOCKET);
        assertThat(back.ask("user_login", login("carla", cursor))
                        .path("recovered")
                        .asBoolean())
                .isTrue();
        assertThat(back.nextPush().path("data").asString()).isEqualTo("in time");

        // Whoever comes back late gets it all the same, and it is taken back.
        Client dora = one.open(ClientKind.NODE_4_WEBSOCKET);
        cursor = dora.login("dora").path("cursor").asString();
        dora.disconnect();
        EVENTS.send(0, "{\"tokens\":[\"dora\"],\"data\":\"too late\"}");
        String key = EVENTS.name() + "-0@2/dora";
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> latest().get(key) != null);
        assertThat(latest()).doesNotContainKey(EVENTS.name() + "-0@1/carla");
        back = other.open(ClientKind.NODE_4_WEBSOCKET);
        back.ask("user_login", login("dora", cursor));
        assertThat(back.nextPush().path("data").asString()).isEqualTo("too late");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(latest()).containsEntry(key, "taken back"));

        assertThat(sum(HandOver.HANDED_OVER)).isEqualTo(3);
        assertThat(sum(HandOver.TAKEN_BACK)).isEqualTo(1);
        assertThat(one.figures().of(Meters.RECEIPTS_LOST) + other.figures().of(Meters.RECEIPTS_LOST))
                .isZero();
    }

    private static Map<String, String> await(String... tokens) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        UndeliveredIT::latest,
                        found -> List.of(tokens).stream()
                                .allMatch(token -> found.keySet().stream().anyMatch(key -> key.endsWith("/" + token))));
    }

    /** By key, as a compacted topic would have it. */
    private static Map<String, String> latest() {
        Map<String, String> latest = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : UNDELIVERED.records()) {
            latest.put(
                    new String(record.key(), UTF_8),
                    record.value() == null ? "taken back" : new String(record.value(), UTF_8));
        }
        return latest;
    }

    private static long sum(HandOver what) {
        return one.figures().of(Meters.UNDELIVERED, what.word())
                + other.figures().of(Meters.UNDELIVERED, what.word());
    }

    private static String login(String token, String cursor) {
        return Json.write(Map.of("tokenId", token, "cursor", cursor));
    }
}
