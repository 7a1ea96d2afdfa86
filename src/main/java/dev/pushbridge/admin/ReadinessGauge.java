package dev.pushbridge.admin;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/** Shows to Prometheus what the readiness probe is told. */
@Component
final class ReadinessGauge {
    private final HealthEndpoint health;

    ReadinessGauge(HealthEndpoint health, PushMetrics metrics) {
        this.health = health;
        metrics.gauge(Meters.READY, this::ready);
    }

    private long ready() {
        HealthDescriptor readiness = health.healthForPath("readiness");
        return readiness != null && readiness.getStatus().equals(Status.UP) ? 1 : 0;
    }
}
