package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.PushEvent;
import java.io.StringWriter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes to the topic of what is handed over. The key names event and recipient, {@code push.events-0@17/anna}; the value is
 * the event as a record of the topic of events would have it, for this recipient alone, and missing where the event is taken
 * back.
 */
final class UndeliveredWriter {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final String topic;
    private final Supplier<Producer<byte[], byte[]>> producers;

    UndeliveredWriter(String topic, Supplier<Producer<byte[], byte[]>> producers) {
        this.topic = topic;
        this.producers = producers;
    }

    Future<?> handOver(TopicPartition partition, long offset, String token, PushEvent event) {
        return producers.get().send(new ProducerRecord<>(topic, key(partition, offset, token), value(token, event)));
    }

    Future<?> takeBack(TopicPartition partition, long offset, String token) {
        return producers.get().send(new ProducerRecord<>(topic, key(partition, offset, token), null));
    }

    /** Waits until the broker has it; fails if it does not take it. */
    static void await(Future<?> write) {
        try {
            write.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException(e);
        } catch (ExecutionException e) {
            throw new KafkaException("not written: " + e.getMessage(), e);
        }
    }

    private static byte[] key(TopicPartition partition, long offset, String token) {
        return (partition + "@" + offset + "/" + token).getBytes(UTF_8);
    }

    static byte[] value(String token, PushEvent event) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeName("tokens").writeStartArray().writeString(token).writeEndArray();
            json.writeStringProperty("entityType", event.entityType());
            json.writeName("data").writeRawValue(event.data().toString());
            field(json, "type", event.type());
            field(json, "id", event.id());
            field(json, "occurredAt", event.occurredAt());
            json.writeEndObject();
        }
        return text.toString().getBytes(UTF_8);
    }

    private static void field(JsonGenerator json, String name, @Nullable String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
    }
}
