package dev.pushbridge.canary;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Whether the canary's events come back; part of readiness, and unknown, which harms nobody, while it is off. */
final class CanaryHealth implements HealthIndicator {
    private final Canary canary;

    CanaryHealth(Canary canary) {
        this.canary = canary;
    }

    @Override
    public Health health() {
        if (canary.isOff()) {
            return Health.unknown().withDetail("push.canary.interval", 0).build();
        }
        Health.Builder health =
                canary.isWell() ? Health.up() : Health.outOfService().withDetail("waitingFor", canary.waitingFor());
        return health.withDetail("ageSeconds", canary.age().toSeconds()).build();
    }
}
