package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Figures;
import dev.pushbridge.testkit.Json;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What an operator sees at the management port of a node that has just started. */
final class OperatorIT {
    @RegisterExtension
    final Bridge bridge = Bridge.onNewTopic();

    @Test
    void everyMeterIsThereFromTheStartAndAtZero() {
        Figures figures = bridge.figures();
        for (Meters meter : Meters.values()) {
            assertThat(figures.sum(meter)).as(meter.meter()).isZero();
        }
        for (RecordOutcome outcome : RecordOutcome.values()) {
            assertThat(figures.of(Meters.RECORDS, outcome.word())).isZero();
        }
        for (DeliveryOutcome outcome : DeliveryOutcome.values()) {
            assertThat(figures.of(Meters.DELIVERIES, outcome.word())).isZero();
        }
        for (InvalidReason reason : InvalidReason.values()) {
            assertThat(figures.of(Meters.DEAD_LETTERS, reason.word())).isZero();
        }
    }

    @Test
    void everyMeterSaysWhatItCounts() {
        String scrape = bridge.management("/actuator/prometheus").body();
        for (Meters meter : Meters.values()) {
            assertThat(scrape)
                    .containsPattern("# HELP " + meter.meter().replace('.', '_') + "(_total)? "
                            + Pattern.quote(meter.help()) + "\n");
        }
    }

    @Test
    void nodeIsAliveAndReady() {
        assertUp("/actuator/health");
        assertUp("/actuator/health/liveness");
        assertUp("/actuator/health/readiness");
    }

    @Test
    void infoSaysWhichBuildThisIs() {
        JsonNode build = Json.parse(bridge.management("/actuator/info").body()).path("build");
        assertThat(build.path("artifact").asString()).isEqualTo("push-bridge");
        assertThat(build.path("version").asString()).isNotEmpty();
        assertThat(build.path("time").asString()).isNotEmpty();
    }

    private void assertUp(String path) {
        HttpResponse<String> health = bridge.management(path);
        assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
        assertThat(Json.parse(health.body()).path("status").asString()).isEqualTo("UP");
    }
}
