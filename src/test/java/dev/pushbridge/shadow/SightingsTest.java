package dev.pushbridge.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.shadow.Sightings.Example;
import dev.pushbridge.shadow.Sightings.FanOut;
import dev.pushbridge.shadow.Sightings.Rate;
import dev.pushbridge.shadow.Sightings.Seen;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class SightingsTest {
    private static final long NOON = 1_795_500_000_000L;

    private final Sightings sightings =
            new Sightings(() -> Instant.ofEpochMilli(NOON + 11_000), Duration.ofMinutes(10));

    @Test
    void nothingSeenIsAllZero() {
        Seen seen = sightings.seen();
        assertThat(seen.records()).isZero();
        assertThat(seen.recordRate()).isEqualTo(new Rate(0, 0));
        assertThat(seen.fanOut()).isEqualTo(new FanOut(0, 0, 0, 0));
    }

    @Test
    void ratesGoByTheRecordsOwnTime() {
        for (int second = 0; second < 10; second++) {
            sightings.event("like", 2, 100, NOON + second * 1000L);
        }
        sightings.event("like", 80, 100, NOON + 10_000); // read out of step with what follows
        sightings.event("like", 20, 100, NOON + 3_500);
        sightings.event("like", 20, 100, NOON + 10_900);

        Seen seen = sightings.seen();
        assertThat(seen.span()).isEqualTo(Duration.ofMillis(10_900));
        assertThat(seen.records()).isEqualTo(13);
        assertThat(seen.recordRate()).isEqualTo(new Rate(13 / 10.9, 2));
        assertThat(seen.recipientRate()).isEqualTo(new Rate(140 / 10.9, 100));
    }

    @Test
    void fanOutIsTheMeanAndWhatMostDoNotExceed() {
        for (int i = 0; i < 98; i++) {
            sightings.event(null, 1, 10, NOON);
        }
        sightings.event(null, 60, 10, NOON);
        sightings.event(null, 5_000, 10, NOON);

        assertThat(sightings.seen().fanOut()).isEqualTo(new FanOut(51.58, 1, 64, 5_000));
        assertThat(sightings.seen().meanValueBytes()).isEqualTo(10);
    }

    @Test
    void whatIsNoEventIsCountedByReasonAndTheLatestAreShown() {
        for (int i = 0; i < 30; i++) {
            sightings.invalid("push.events-0@" + i, InvalidReason.TOKENS, "tokens: missing", 20, NOON);
        }
        sightings.invalid("push.events-0@30", InvalidReason.NOT_JSON, "a word", 20, NOON);

        Seen seen = sightings.seen();
        assertThat(seen.invalid())
                .containsEntry("tokens", 30L)
                .containsEntry("not_json", 1L)
                .hasSize(2);
        assertThat(seen.examples())
                .hasSize(Sightings.EXAMPLES)
                .endsWith(new Example("push.events-0@30", "not_json", "a word"));
        assertThat(seen.recordRate().most()).isEqualTo(31);
        assertThat(seen.recipientRate().most()).isZero();
    }

    @Test
    void typesAreCountedByNameUpToABound() {
        for (int i = 0; i < Sightings.TYPES + 10; i++) {
            sightings.event("type-" + i, 1, 10, NOON);
        }
        sightings.event("type-0", 1, 10, NOON);

        assertThat(sightings.seen().types())
                .hasSize(Sightings.TYPES + 1)
                .containsEntry("type-0", 2L)
                .containsEntry("(others)", 10L);
    }

    @Test
    void recordWhoseTimestampCannotBeRightIsCountedAndLeavesTheRatesAsTheyAre() {
        for (int second = 0; second < 10; second++) {
            sightings.event("like", 1, 100, NOON + second * 1000L);
        }
        sightings.event("like", 1, 100, -1); // none
        sightings.event("like", 1, 100, NOON / 1000); // seconds, by mistake
        sightings.invalid(
                "push.events-0@12", InvalidReason.TOKENS, "tokens: missing", 20, NOON + 72_000); // a clock ahead
        sightings.event("like", 1, 100, NOON + 70_000); // it may be

        Seen seen = sightings.seen();
        assertThat(seen.badTimestamps()).isEqualTo(3);
        assertThat(seen.span()).isEqualTo(Duration.ofSeconds(70));
        assertThat(seen.recordRate()).isEqualTo(new Rate(14 / 70.0, 3));
    }
}
