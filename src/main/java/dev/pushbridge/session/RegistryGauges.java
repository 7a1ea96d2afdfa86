package dev.pushbridge.session;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import org.springframework.stereotype.Component;

/** Shows how many the registry has. */
@Component
final class RegistryGauges {
    RegistryGauges(SessionRegistry registry, PushMetrics metrics) {
        metrics.gauge(Meters.SESSIONS, registry::sessionCount);
        metrics.gauge(Meters.TOKENS, registry::tokenCount);
    }
}
