package dev.pushbridge.settings;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The canary ({@code push.canary.*}).
 *
 * @param interval How often the bridge sends an event to a socket of its own, by way of the topic, 100ms to 5m, or 0 for
 *     never. It needs the right to write to the topic.
 * @param maxAge How long none of them may come back until this node is not ready, 1s to 1h; longer than the interval.
 */
public record CanarySettings(
        @DefaultValue("0s") Duration interval,
        @DefaultValue("30s") Duration maxAge) {
    public CanarySettings {
        if (!interval.isZero()) {
            Check.range("push.canary.interval", interval, Duration.ofMillis(100), Duration.ofMinutes(5));
        }
        Check.range("push.canary.max-age", maxAge, Duration.ofSeconds(1), Duration.ofHours(1));
        Check.that(
                maxAge.compareTo(interval) > 0,
                "push.canary.max-age",
                maxAge,
                "longer than push.canary.interval, " + interval);
    }
}
