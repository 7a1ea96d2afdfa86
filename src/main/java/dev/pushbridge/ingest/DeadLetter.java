package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.InvalidEventException;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record that is not an event, as it goes to the dead-letter topic: value, key and headers as they were, and after them
 * the headers that say why and whence, in UTF-8. A header of the same name that the record brought along stays; the last
 * one of a name is ours.
 */
final class DeadLetter {
    /** The {@code InvalidReason}'s word. */
    static final String REASON = "push-dlt-reason";
    /** What was found and what was expected; no token, no data. */
    static final String DETAIL = "push-dlt-detail";

    static final String TOPIC = "push-dlt-topic";
    static final String PARTITION = "push-dlt-partition";
    static final String OFFSET = "push-dlt-offset";
    /** Milliseconds since 1970, as the record had it. */
    static final String TIMESTAMP = "push-dlt-timestamp";

    static final List<String> HEADERS = List.of(REASON, DETAIL, TOPIC, PARTITION, OFFSET, TIMESTAMP);
    static final int MAX_DETAIL_CHARS = 512;

    private DeadLetter() {}

    /**
     * Addresses the dead letter: to the partition of the same number where there is one, else by its key.
     *
     * @param partitions how many the dead-letter topic has
     */
    static ProducerRecord<byte[], byte[]> of(
            ConsumerRecord<byte[], byte[]> record, InvalidEventException why, String topic, int partitions) {
        Headers headers = new RecordHeaders(record.headers());
        add(headers, REASON, why.reason().word());
        add(headers, DETAIL, shortened(why.getMessage()));
        add(headers, TOPIC, record.topic());
        add(headers, PARTITION, Integer.toString(record.partition()));
        add(headers, OFFSET, Long.toString(record.offset()));
        add(headers, TIMESTAMP, Long.toString(record.timestamp()));
        Integer partition = record.partition() < partitions ? record.partition() : null;
        // Dated now: a broker may refuse a date that is too far from its own, and retention counts from it.
        return new ProducerRecord<>(topic, partition, null, record.key(), record.value(), headers);
    }

    private static void add(Headers headers, String name, String text) {
        headers.add(name, text.getBytes(UTF_8));
    }

    private static String shortened(@Nullable String detail) {
        if (detail == null || detail.length() <= MAX_DETAIL_CHARS) {
            return String.valueOf(detail);
        }
        return detail.substring(0, MAX_DETAIL_CHARS - 1) + "…";
    }
}
