package dev.pushbridge.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.RequestRefusal;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class SummaryLineTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final PushMetrics metrics = new PushMetrics(registry);
    private final SummaryLine summary = new SummaryLine(registry);

    @Test
    void lineTellsWhatHappenedSinceTheLineBefore() {
        metrics.gauge(Meters.SESSIONS, () -> 7);
        metrics.records(RecordOutcome.OFFLINE, 1);
        metrics.records(RecordOutcome.DISPATCHED, 2);
        metrics.deliveries(DeliveryOutcome.WRITTEN, 5);
        assertThat(summary.next())
                .isEqualTo("records 3 (dispatched 2, offline 1), deliveries 5 (written 5), dead letters 0,"
                        + " sessions ended 0, requests refused 0, logged in now 7");

        metrics.records(RecordOutcome.OFFLINE, 1);
        metrics.requestRefused(RequestRefusal.PATH);
        assertThat(summary.next())
                .isEqualTo("records 1 (offline 1), deliveries 0, dead letters 0,"
                        + " sessions ended 0, requests refused 1 (path 1), logged in now 7");
    }
}
