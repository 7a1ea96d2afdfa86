package dev.pushbridge.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the partitions up to their ends in about the order of time, as they were read when their records came, although a
 * fetch may bring minutes of one partition: who is ahead in time waits for the others.
 */
final class LockStep {
    /** How far one partition may be ahead of another. */
    private static final long STEP_MILLIS = 5_000;

    private final Map<TopicPartition, Long> ends;
    /** How far each partition is that is not at its end: the time of its last record. */
    private final Map<TopicPartition, Long> times = new HashMap<>();

    LockStep(Map<TopicPartition, Long> ends) {
        this.ends = ends;
        ends.keySet().forEach(partition -> times.put(partition, 0L));
    }

    /** Whether all partitions are at their ends. */
    boolean isDone(Consumer<?, ?> consumer) {
        times.keySet().removeIf(partition -> consumer.position(partition) >= ends.getOrDefault(partition, 0L));
        return times.isEmpty();
    }

    void read(ConsumerRecord<?, ?> record) {
        times.computeIfPresent(
                new TopicPartition(record.topic(), record.partition()),
                (partition, time) -> Math.max(time, record.timestamp()));
    }

    /** Holds those that are ahead, and lets the others go on. */
    void keep(Consumer<?, ?> consumer) {
        long slowest = times.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
        List<TopicPartition> ahead = new ArrayList<>();
        List<TopicPartition> others = new ArrayList<>();
        for (TopicPartition partition : ends.keySet()) {
            boolean isAhead = times.getOrDefault(partition, Long.MAX_VALUE) - STEP_MILLIS > slowest;
            (isAhead ? ahead : others).add(partition);
        }
        consumer.pause(ahead);
        consumer.resume(others);
    }
}
