package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A node that watches a topic which another one serves. */
final class ShadowIT {
    @Test
    void nodeReportsWhatItSeesAndTouchesNothing() {
        Topic topic = Topic.create();
        topic.send(
                "{\"tokens\":[\"anna\"],\"type\":\"like\",\"data\":{\"actor\":{\"id\":\"7\"},\"post\":{\"id\":\"42\"}}}");
        Map<String, Object> shadow = Map.of("push.shadow", true, "push.validation", "full");
        try (Bridge bridge = Bridge.on(topic, shadow).start()) {
            topic.send("{\"tokens\":[\"anna\",\"ben\",\"carla\"],\"type\":\"like\",\"data\":{\"actor\":{\"id\":\"7\"},"
                    + "\"post\":{\"id\":\"42\"}}}");
            topic.send("{\"tokens\":[\"anna\"],\"type\":\"like\",\"data\":\"text\"}");
            topic.send("{\"token\":\"anna\"}");
            bridge.await(Meters.RECORDS, RecordOutcome.INVALID.word(), 2);

            JsonNode answer = Json.parse(bridge.management("/actuator/shadow").body());
            JsonNode report = answer.path("topic");
            assertThat(report.path("records").asInt())
                    .as("also what was there before")
                    .isEqualTo(4);
            assertThat(report.path("types").toString()).isEqualTo("{\"like\":2}");
            assertThat(report.path("fanOut").path("largest").asInt()).isEqualTo(3);
            assertThat(report.path("invalid").toString()).isEqualTo("{\"schema\":1,\"tokens\":1}");
            assertThat(report.path("examples").path(1).path("place").asString()).isEqualTo(topic.name() + "-0@3");
            assertThat(report.path("examples").path(1).path("detail").asString())
                    .startsWith("tokens: missing");
            assertThat(report.path("badTimestamps").asInt(-1)).isZero();
            JsonNode window = answer.path("replayWindow");
            assertThat(window.path("events").asInt()).isEqualTo(2);
            assertThat(window.path("wantedReach").asString()).isEqualTo("PT5M");
            assertThat(window.path("wantedBytes").asLong()).isPositive();
            assertThat(window.path("mostBytes").asLong()).isEqualTo(64 << 20);

            assertThatThrownBy(bridge::socketPort).as("no socket is open").isInstanceOf(IllegalStateException.class);
            assertThat(bridge.management("/actuator/health").body())
                    .as("nobody is there for the dead letters")
                    .contains("\"tail\"")
                    .doesNotContain("deadLetters");
        }
        assertThat(topic.deadLetters()).isEmpty();
        assertThat(topic.records()).hasSize(4);
    }
}
