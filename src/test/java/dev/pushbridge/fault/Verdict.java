package dev.pushbridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

/** What the bridge promises its clients. */
final class Verdict {
    private Verdict() {}

    /** Every event came once and in order, and nobody was told otherwise or sent away. */
    private static void assertWhole(Score score) {
        assertThat(score.lost()).as("lost: %s", score).isZero();
        assertThat(score.doubled()).as("doubled: %s", score).isZero();
        assertThat(score.outOfOrder()).as("out of order: %s", score).isZero();
        assertThat(score.foreign()).as("somebody else's: %s", score).isZero();
        assertThat(score.dismissed()).as("sent away: %s", score).isZero();
        assertThat(score.resyncs()).as("told to resync: %s", score).isZero();
    }

    /** Whole; or, where the window could not cover the absence, everybody was told, and nothing came that should not. */
    static void assertKept(Score score) {
        if (score.fault() != Fault.AWAY_TOO_LONG) {
            assertWhole(score);
            return;
        }
        assertThat(score.lost()).as("the window did not cover it: %s", score).isPositive();
        assertThat(score.silent()).as("lost without a word: %s", score).isZero();
        assertThat(score.doubled()).as("doubled: %s", score).isZero();
        assertThat(score.outOfOrder()).as("out of order: %s", score).isZero();
        assertThat(score.foreign()).as("somebody else's: %s", score).isZero();
        assertThat(score.dismissed()).as("sent away: %s", score).isZero();
    }
}
