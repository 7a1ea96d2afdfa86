package dev.pushbridge.shadow;

import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.settings.ReplaySettings;
import java.time.Duration;
import java.time.InstantSource;

/** What a node in shadow mode has to tell: what it saw of the topic, and what that takes of memory. Thread-safe. */
public final class Shadow {
    private final Sightings sightings;
    private final ReplayWindow window;
    private final ReplaySettings settings;
    private final InstantSource clock;

    Shadow(Sightings sightings, ReplayWindow window, ReplaySettings settings, InstantSource clock) {
        this.sightings = sightings;
        this.window = window;
        this.settings = settings;
        this.clock = clock;
    }

    /** So far. */
    public Report report() {
        Sightings.Seen seen = sightings.seen();
        return new Report(seen, need(seen.recordRate().mean()));
    }

    private Need need(double recordsPerSecond) {
        int events = window.events();
        double eventBytes = events == 0 ? 0 : (double) window.usedBytes() / events;
        long reachMillis = events == 0 ? 0 : clock.millis() - window.oldestMillis();
        return new Need(
                events,
                window.bytes(),
                Duration.ofMillis(Math.max(0, reachMillis)),
                settings.window(),
                Math.round(recordsPerSecond * settings.window().toSeconds() * eventBytes),
                settings.size().toBytes());
    }

    /** The topic, and the replay window over it. */
    public record Report(Sightings.Seen topic, Need replayWindow) {}

    /**
     * What the replay window takes now, and what it would take to reach as far back as it should.
     *
     * @param events in it
     * @param bytes memory that it takes
     * @param reach how far back it reaches
     * @param wantedReach {@code push.replay.window}
     * @param wantedBytes memory for that, at the mean rate that was seen; 0 while there are no events in it
     * @param mostBytes {@code push.replay.size}: if more is wanted, it reaches less far back
     */
    public record Need(
            int events, long bytes, Duration reach, Duration wantedReach, long wantedBytes, long mostBytes) {}
}
