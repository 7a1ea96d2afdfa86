package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Figures;
import dev.pushbridge.testkit.Json;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What an operator sees at the management port of a node that has just started. */
final class OperatorIT {
    /** Those that say how things are, which is not nothing, even at the start. */
    private static final Set<Meters> STATES = Set.of(
            Meters.READY,
            Meters.CANARY_LIMIT,
            Meters.CONNECTIONS_LIMIT,
            Meters.BACKLOG_LIMIT,
            Meters.LOOP_TASKS,
            Meters.NETTY_DIRECT,
            Meters.NETTY_HEAP);

    @RegisterExtension
    final Bridge bridge = Bridge.onNewTopic();

    @Test
    void everyMeterIsThereFromTheStartAndAtZero() {
        Figures figures = bridge.figures();
        for (Meters meter : EnumSet.complementOf(EnumSet.copyOf(STATES))) {
            assertThat(figures.sum(meter)).as(meter.meter()).isZero();
        }
        assertThat(figures.of(Meters.READY)).isEqualTo(1);
        assertThat(figures.of(Meters.CANARY_LIMIT)).isEqualTo(30);
        assertThat(figures.of(Meters.CONNECTIONS_LIMIT)).isEqualTo(100_000);
        assertThat(figures.of(Meters.BACKLOG_LIMIT))
                .as("a quarter of the heap, at most 256 MB")
                .isEqualTo(Math.min(256 << 20, Runtime.getRuntime().maxMemory() / 4));
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
                    .containsPattern("# HELP " + meter.meter().replace('.', '_') + "(_total|_seconds)? "
                            + Pattern.quote(meter.help()) + "\n");
        }
    }

    @Test
    void seriesDoNotGrowWithUsersEventsAndEnds() {
        long before = series();
        for (int i = 0; i < 20; i++) {
            Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
            client.login("user " + i);
            bridge.topic().send("{\"tokens\":[\"user " + i + "\"],\"type\":\"type-" + i + "\",\"id\":\"" + i + "\"}");
            client.nextPush();
            client.kill();
        }
        bridge.await(Meters.SESSIONS, 0);

        assertThat(series()).isEqualTo(before);
    }

    /** The bridge's own. */
    private long series() {
        return bridge.management("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("push_"))
                .count();
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
