package dev.pushbridge.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PushMetricsTest {
    @Test
    void gauge_outlivesAGarbageCollection() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        AtomicInteger figure = new AtomicInteger(7);
        new PushMetrics(meters).gauge(Meters.SESSIONS, () -> figure.get());
        WeakReference<Object> garbage = new WeakReference<>(new Object());

        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            System.gc();
            return garbage.get() == null;
        });

        assertThat(meters.get(Meters.SESSIONS.meter()).gauge().value()).isEqualTo(7);
    }
}
