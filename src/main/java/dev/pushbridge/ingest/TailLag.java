package dev.pushbridge.ingest;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the tail is behind the topic: in records, as the client knows it from its fetches, and in time, which is the
 * age of the last record that was read of a partition that has more. Of the tail's thread, but for the figures.
 */
final class TailLag {
    /** How often it is measured. */
    private static final long MEASURE_NANOS = 250_000_000;

    /** The timestamp of the last record that was read, by partition. */
    private final Map<TopicPartition, Long> read = new HashMap<>();

    private long measuredNanos = System.nanoTime() - MEASURE_NANOS;
    private volatile long records;
    /** {@link Long#MAX_VALUE} while nothing is behind. */
    private volatile long sinceMillis = Long.MAX_VALUE;

    void read(TopicPartition partition, long timestampMillis) {
        read.put(partition, timestampMillis);
    }

    /** To be called often. */
    void measure(Consumer<?, ?> consumer) {
        long now = System.nanoTime();
        if (now - measuredNanos < MEASURE_NANOS) {
            return;
        }
        measuredNanos = now;
        long behind = 0;
        long since = Long.MAX_VALUE;
        for (TopicPartition partition : consumer.assignment()) {
            long lag = consumer.currentLag(partition).orElse(0);
            if (lag > 0) {
                behind += lag;
                since = Math.min(since, read.getOrDefault(partition, System.currentTimeMillis()));
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
        return since == Long.MAX_VALUE ? 0 : Math.max(0, System.currentTimeMillis() - since) / 1000;
    }
}
