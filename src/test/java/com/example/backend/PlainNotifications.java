package com.example.backend;

import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

// README
/** Without a framework: one producer for the whole application, which is thread-safe. */
final class PlainNotifications implements AutoCloseable {
    private final KafkaProducer<String, String> producer;

    PlainNotifications(String bootstrapServers) {
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
                new StringSerializer(),
                new StringSerializer());
    }

    /** The record is the JSON of an event for this token; the future ends when the broker has it. */
    Future<RecordMetadata> push(String token, String record) {
        return producer.send(new ProducerRecord<>("push.events", token, record));
    }

    @Override
    public void close() {
        producer.close();
    }
}
// README
