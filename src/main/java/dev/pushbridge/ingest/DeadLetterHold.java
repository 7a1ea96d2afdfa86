package dev.pushbridge.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this node's dead letters are held up, since when and why; logged when it begins and when it ends, however many
 * tries lie between. Written by the group's thread, read by health and metrics.
 */
final class DeadLetterHold {
    private static final Logger log = LoggerFactory.getLogger(DeadLetterHold.class);

    private final Clock clock;
    private volatile @Nullable Held held;

    DeadLetterHold(Clock clock) {
        this.clock = clock;
    }

    /** A hold: its reason is that of the latest try. */
    record Held(Instant since, String reason) {}

    void begin(String reason) {
        Held before = held;
        held = new Held(before == null ? clock.instant() : before.since, reason);
        if (before == null) {
            log.warn(
                    "Holding dead letters, and trying again until it works; events are pushed all the same: {}",
                    reason);
        }
    }

    /** What was held up is written, or gone. */
    void release() {
        end("Dead letters go on after {} s");
    }

    /** The topic has dropped what was held up: there is no saying how much of it was no event. */
    void lose(TopicPartition partition, long from, long to) {
        log.warn(
                "{} has dropped the records from {} to {} while their dead letters could not be written: there will be none",
                partition,
                from,
                to - 1);
    }

    /** What was held up went to another node with its partition. */
    void leave() {
        end("Dead letters are held by another node, if at all; by this one for {} s");
    }

    private void end(String message) {
        Held before = held;
        if (before != null) {
            held = null;
            log.info(message, age(before).toSeconds());
        }
    }

    /** Null while nothing is held up. */
    @Nullable Held current() {
        return held;
    }

    /** How long it has lasted; zero while nothing is held up. */
    Duration age() {
        Held now = held;
        return now == null ? Duration.ZERO : age(now);
    }

    private Duration age(Held hold) {
        return Duration.between(hold.since, clock.instant());
    }
}
