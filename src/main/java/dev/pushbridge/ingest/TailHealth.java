package dev.pushbridge.ingest;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Whether this node reads the topic; part of readiness, because a node that does not read it pushes nothing. */
final class TailHealth implements HealthIndicator {
    private final TopicTail tail;

    TailHealth(TopicTail tail) {
        this.tail = tail;
    }

    @Override
    public Health health() {
        String waitingFor = tail.waitingFor();
        return waitingFor.isEmpty()
                ? Health.up().build()
                : Health.outOfService().withDetail("waitingFor", waitingFor).build();
    }
}
