package dev.pushbridge.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.settings.ReplaySettings;
import dev.pushbridge.shadow.Shadow.Need;
import dev.pushbridge.shadow.Shadow.Report;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** What a topic of ten events a second takes, of which the replay window has had half a minute. */
final class ShadowTest {
    private static final long NOON = 1_795_500_000_000L;
    private static final Duration KEEP = Duration.ofMinutes(5);
    private static final int EVENTS = 300;
    private static final PushEvent EVENT = new PushEvent(List.of("anna"), "", RawJson.of("1"), "like", null, null);

    private final ReplayWindow window =
            new ReplayWindow(KEEP, KEEP, DataSize.ofMegabytes(64).toBytes());
    private final Instant now = Instant.ofEpochMilli(NOON + 30_000);
    private final Sightings sightings = new Sightings(() -> now, KEEP.multipliedBy(2));
    private final Shadow shadow =
            new Shadow(sightings, window, new ReplaySettings(KEEP, DataSize.ofMegabytes(64)), () -> now);

    @Test
    void memoryOfTheWindowIsForetoldFromWhatItsEventsTakeAndHowOftenTheyCome() {
        see();

        Need need = shadow.report().replayWindow();
        assertThat(need.events()).isEqualTo(EVENTS);
        assertThat(need.reach()).isEqualTo(Duration.ofSeconds(30));
        assertThat(need.wantedReach()).isEqualTo(KEEP);
        assertThat(need.bytes()).as("in slabs").isEqualTo(256 << 10);
        assertThat((double) need.wantedBytes())
                .as("ten times the half minute's")
                .isCloseTo(10.0 * window.usedBytes(), within(0.02 * 10 * window.usedBytes()));
        assertThat(need.mostBytes()).isEqualTo(64 << 20);
    }

    @Test
    void logHasItInOneLine() {
        see();
        sightings.event("like", 1, 200, -1);

        Report report = shadow.report();
        assertThat(ShadowLog.line(report))
                .startsWith("301 records in 30 s, 10.0/s, at most 10;")
                .contains("no events: none; bad timestamps: 1; replay window: 300 events, 0.3 MB for the last 30 s, ")
                .endsWith("300 s at this rate take "
                        + String.format(
                                Locale.ROOT, "%.1f", report.replayWindow().wantedBytes() / 1e6) + " MB of 67.1");
    }

    @Test
    void nothingIsForetoldOfNothing() {
        assertThat(shadow.report().replayWindow())
                .isEqualTo(new Need(
                        0, 0, Duration.ZERO, KEEP, 0, DataSize.ofMegabytes(64).toBytes()));
    }

    private void see() {
        byte[] payload = new byte[200];
        window.begin(1);
        window.begin(0, 0);
        for (int i = 0; i < EVENTS; i++) {
            long millis = NOON + i * 100L;
            window.advance(millis, millis);
            window.add(0, i, EVENT, payload, payload.length);
            sightings.event("like", 1, payload.length, millis);
        }
    }
}
