package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
    private static final byte[] KEY = {0, (byte) 0xff};
    private static final byte[] VALUE = {(byte) 0xc0, (byte) 0xaf, 0};
    private final InvalidEventException why =
            new InvalidEventException(InvalidReason.NOT_UTF8, "value: byte 0xc0 at 0 (expected: UTF-8)");

    @Test
    void letter_isTheRecordAndSaysWhyAndWhence() {
        ProducerRecord<byte[], byte[]> letter =
                DeadLetter.of(record(KEY, VALUE, new RecordHeaders()), why, "push.events-dlt", 8);

        assertThat(letter.topic()).isEqualTo("push.events-dlt");
        assertThat(letter.key()).isSameAs(KEY);
        assertThat(letter.value()).isSameAs(VALUE);
        assertThat(texts(letter))
                .containsExactly(
                        "push-dlt-reason=not_utf8",
                        "push-dlt-detail=value: byte 0xc0 at 0 (expected: UTF-8)",
                        "push-dlt-topic=push.events",
                        "push-dlt-partition=3",
                        "push-dlt-offset=17",
                        "push-dlt-timestamp=1763885730250");
    }

    @Test
    void headersOfTheRecord_stayAsTheyWere_alsoUnderOurNames() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("trace", new byte[] {1, 2});
        headers.add("push-dlt-reason", "from an earlier life".getBytes(UTF_8));
        headers.add("empty", null);
        headers.add("trace", new byte[] {3});

        ProducerRecord<byte[], byte[]> letter = DeadLetter.of(record(null, null, headers), why, "push.events-dlt", 8);

        assertThat(letter.key()).isNull();
        assertThat(letter.value()).isNull();
        assertThat(letter.headers().toArray()).startsWith(headers.toArray()).hasSize(10);
        assertThat(letter.headers().lastHeader("push-dlt-reason").value()).isEqualTo("not_utf8".getBytes(UTF_8));
        assertThat(headers.toArray()).as("the record's own").hasSize(4);
    }

    @Test
    void letter_goesToThePartitionOfTheSameNumberWhereThereIsOne() {
        ConsumerRecord<byte[], byte[]> record = record(KEY, VALUE, new RecordHeaders());

        assertThat(DeadLetter.of(record, why, "dlt", 4).partition()).isEqualTo(3);
        assertThat(DeadLetter.of(record, why, "dlt", 3).partition()).isNull();
    }

    @Test
    void letter_isDatedByItsOwnWriting() {
        assertThat(DeadLetter.of(record(KEY, VALUE, new RecordHeaders()), why, "dlt", 4)
                        .timestamp())
                .isNull();
    }

    @Test
    void detail_isBounded() {
        InvalidEventException wordy = new InvalidEventException(InvalidReason.SCHEMA, "x".repeat(513));

        String detail = new String(
                DeadLetter.of(record(KEY, VALUE, new RecordHeaders()), wordy, "dlt", 4)
                        .headers()
                        .lastHeader("push-dlt-detail")
                        .value(),
                UTF_8);
        assertThat(detail).hasSize(512).endsWith("x…");
    }

    private static ConsumerRecord<byte[], byte[]> record(
            byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {
        return new ConsumerRecord<>(
                "push.events",
                3,
                17,
                1763885730250L,
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                value,
                headers,
                Optional.empty());
    }

    private static List<String> texts(ProducerRecord<?, ?> letter) {
        List<String> texts = new ArrayList<>();
        for (Header header : letter.headers()) {
            texts.add(header.key() + "=" + new String(header.value(), UTF_8));
        }
        return texts;
    }
}
