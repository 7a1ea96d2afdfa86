package dev.pushbridge.settings;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a node keeps of the topic for those who come back ({@code push.replay.*}).
 *
 * @param window How long a client may be away and still get everything, 1s to 24h; a node reads twice as far back at its start.
 * @param size How many bytes of events are kept for that, 1MB to 16GB; less time, if they are not enough.
 */
public record ReplaySettings(
        @DefaultValue("5m") Duration window,
        @DefaultValue("64MB") DataSize size) {
    public ReplaySettings {
        Check.range("push.replay.window", window, Duration.ofSeconds(1), Duration.ofHours(24));
        Check.range("push.replay.size", size, DataSize.ofMegabytes(1), DataSize.ofGigabytes(16));
    }
}
