package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Shows the end of the dead-letter topic to the page. A look is one short-lived consumer without a group: rare, and
 * nothing to keep in order or to close.
 */
public final class DeadLetterWatch {
    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    private static final Duration POLL_WAIT = Duration.ofMillis(200);
    private static final int MAX_VALUE_CHARS = 2_000;

    private final String topic;
    private final Supplier<Consumer<byte[], byte[]>> consumers;

    DeadLetterWatch(String topic, Supplier<Consumer<byte[], byte[]>> consumers) {
        this.topic = topic;
        this.consumers = consumers;
    }

    /** The latest dead letters, the newest first, at most {@code count} of each partition. */
    public List<Letter> latest(int count) {
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic, BROKER_WAIT).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, BROKER_WAIT);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, BROKER_WAIT);
            ends.forEach((partition, end) ->
                    consumer.seek(partition, Math.max(begins.getOrDefault(partition, 0L), end - count)));
            return readTo(ends, consumer, count);
        }
    }

    private static List<Letter> readTo(Map<TopicPartition, Long> ends, Consumer<byte[], byte[]> consumer, int count) {
        List<Letter> letters = new ArrayList<>();
        long deadline = System.nanoTime() + BROKER_WAIT.toNanos();
        while (System.nanoTime() < deadline
                && ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(POLL_WAIT).forEach(record -> letters.add(Letter.of(record)));
        }
        letters.sort(Comparator.comparing(Letter::at).reversed());
        return List.copyOf(letters.subList(0, Math.min(count, letters.size())));
    }

    /**
     * A dead letter as a person reads it.
     *
     * @param origin topic, partition and offset of the record
     * @param value its beginning, as text
     */
    public record Letter(String reason, String detail, String origin, Instant at, String value) {
        private static Letter of(ConsumerRecord<byte[], byte[]> record) {
            byte[] value = record.value();
            String text = value == null ? "" : new String(value, UTF_8);
            return new Letter(
                    header(record, DeadLetter.REASON),
                    header(record, DeadLetter.DETAIL),
                    header(record, DeadLetter.TOPIC) + "-" + header(record, DeadLetter.PARTITION) + " at offset "
                            + header(record, DeadLetter.OFFSET),
                    Instant.ofEpochMilli(record.timestamp()),
                    text.length() <= MAX_VALUE_CHARS ? text : text.substring(0, MAX_VALUE_CHARS) + "…");
        }

        private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
            Header header = record.headers().lastHeader(name);
            return header == null ? "" : new String(header.value(), UTF_8);
        }
    }
}
