package dev.pushbridge.ingest;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the tail is behind the topic: in records, as the client knows it from its fetches, and in time. Of the tail's
 * thread, but for the figures.
 *
 * <p>Of a partition, everything has been read that came before the last record's timestamp, and before the tail was last
 * seen at the end, whichever is later. So a topic that was quiet for an hour is not an hour late with its next record, and
 * a producer's clock that is wrong says little.
 */
final class TailLag {
    /** How often it is measured. */
    private static final long MEASURE_NANOS = 250_000_000;

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    /** By partition, the time before which everything has been read; never after now. */
    private final Map<TopicPartition, Long> readUntil = new HashMap<>();

    private long measuredNanos;
    private volatile long records;
    /** {@link Long#MAX_VALUE} while nothing is behind. */
    private volatile long sinceMillis = Long.MAX_VALUE;

    TailLag(InstantSource clock, LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        measuredNanos = nanoTime.getAsLong() - MEASURE_NANOS;
    }

    /** @param timestampMillis the latest of the records that were read, or less than 0 if they have none */
    void read(TopicPartition partition, long timestampMillis) {
        if (timestampMillis >= 0) {
            readUntil.merge(partition, Math.min(timestampMillis, clock.millis()), Math::max);
        } else {
            readUntil.putIfAbsent(partition, clock.millis());
        }
    }

    /** To be called often. */
    void measure(Consumer<?, ?> consumer) {
        long nanos = nanoTime.getAsLong();
        if (nanos - measuredNanos < MEASURE_NANOS) {
            return;
        }
        measuredNanos = nanos;
        long now = clock.millis();
        long behind = 0;
        long since = Long.MAX_VALUE;
        for (TopicPartition partition : consumer.assignment()) {
            long lag = consumer.currentLag(partition).orElse(0);
            if (lag > 0) {
                behind += lag;
                since = Math.min(since, readUntil.computeIfAbsent(partition, unknown -> now));
            } else {
                readUntil.put(partition, now);
            }
        }
        records = behind;
        sinceMillis = since;
    }

    /** Records that are still to be read. From any thread. */
    long records() {
        return records;
    }

    /** From any thread. */
    long seconds() {
        long since = sinceMillis;
        return since == Long.MAX_VALUE ? 0 : Math.max(0, clock.millis() - since) / 1000;
    }
}
