package dev.pushbridge.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.shadow.Sightings.Example;
import dev.pushbridge.shadow.Sightings.FanOut;
import dev.pushbridge.shadow.Sightings.Rate;
import dev.pushbridge.shadow.Sightings.Report;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SightingsTest {
    private static final long NOON = 1_795_500_000_000L;

    private final Sightings sightings = new Sightings();

    @Test
    void nothingSeenIsAllZero() {
        Report report = sightings.report();
        assertThat(report.records()).isZero();
        assertThat(report.recordRate()).isEqualTo(new Rate(0, 0));
        assertThat(report.fanOut()).isEqualTo(new FanOut(0, 0, 0, 0));
    }

    @Test
    void ratesGoByTheRecordsOwnTime() {
        for (int second = 0; second < 10; second++) {
            sightings.event("like", 2, 100, NOON + second * 1000L);
        }
        sightings.event("like", 80, 100, NOON + 10_000); // read out of step with what follows
        sightings.event("like", 20, 100, NOON + 3_500);
        sightings.event("like", 20, 100, NOON + 10_900);

        Report report = sightings.report();
        assertThat(report.span()).isEqualTo(Duration.ofMillis(10_900));
        assertThat(report.records()).isEqualTo(13);
        assertThat(report.recordRate()).isEqualTo(new Rate(13 / 10.9, 2));
        assertThat(report.recipientRate()).isEqualTo(new Rate(140 / 10.9, 100));
    }

    @Test
    void fanOutIsTheMeanAndWhatMostDoNotExceed() {
        for (int i = 0; i < 98; i++) {
            sightings.event(null, 1, 10, NOON);
        }
        sightings.event(null, 60, 10, NOON);
        sightings.event(null, 5_000, 10, NOON);

        assertThat(sightings.report().fanOut()).isEqualTo(new FanOut(51.58, 1, 64, 5_000));
        assertThat(sightings.report().meanValueBytes()).isEqualTo(10);
    }

    @Test
    void whatIsNoEventIsCountedByReasonAndTheLatestAreShown() {
        for (int i = 0; i < 30; i++) {
            sightings.invalid("push.events-0@" + i, InvalidReason.TOKENS, "tokens: missing", 20, NOON);
        }
        sightings.invalid("push.events-0@30", InvalidReason.NOT_JSON, "a word", 20, NOON);

        Report report = sightings.report();
        assertThat(report.invalid())
                .containsEntry("tokens", 30L)
                .containsEntry("not_json", 1L)
                .hasSize(2);
        assertThat(report.examples())
                .hasSize(Sightings.EXAMPLES)
                .endsWith(new Example("push.events-0@30", "not_json", "a word"));
        assertThat(report.recordRate().most()).isEqualTo(31);
        assertThat(report.recipientRate().most()).isZero();
    }

    @Test
    void typesAreCountedByNameUpToABound() {
        for (int i = 0; i < Sightings.TYPES + 10; i++) {
            sightings.event("type-" + i, 1, 10, NOON);
        }
        sightings.event("type-0", 1, 10, NOON);

        assertThat(sightings.report().types())
                .hasSize(Sightings.TYPES + 1)
                .containsEntry("type-0", 2L)
                .containsEntry("(others)", 10L);
    }
}
