package dev.pushbridge.ingest;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Whether dead letters get to their topic. Part of neither readiness nor liveness: the pushes do not depend on it. */
final class DeadLetterHealth implements HealthIndicator {
    private final DeadLetterGroup group;
    private final DeadLetterHold hold;

    DeadLetterHealth(DeadLetterGroup group, DeadLetterHold hold) {
        this.group = group;
        this.hold = hold;
    }

    @Override
    public Health health() {
        DeadLetterHold.Held held = hold.current();
        if (held != null) {
            return Health.down()
                    .withDetail("reason", held.reason())
                    .withDetail("since", held.since().toString())
                    .build();
        }
        return group.isWell()
                ? Health.up().build()
                : Health.down()
                        .withDetail("reason", "the group's consumer has stopped")
                        .build();
    }
}
