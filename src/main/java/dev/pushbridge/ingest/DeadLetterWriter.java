package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;

/** Writes dead letters to their topic. Called by the group's thread only. */
final class DeadLetterWriter {
    private final String topic;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private final Runnable discard;

    /**
     * Takes a shared producer from the supplier for each letter.
     *
     * @param discard makes the supplier give a new one: some failures are a producer's last
     */
    DeadLetterWriter(String topic, Supplier<Producer<byte[], byte[]>> producers, Runnable discard) {
        this.topic = topic;
        this.producers = producers;
        this.discard = discard;
    }

    String topic() {
        return topic;
    }

    /**
     * Sends the record on its way as a dead letter. The future ends within {@link KafkaClients#DEAD_LETTER_TIMEOUT}.
     *
     * @throws KafkaException if the topic cannot be found, within {@link KafkaClients#DEAD_LETTER_MAX_BLOCK}
     */
    Future<?> write(ConsumerRecord<byte[], byte[]> record, InvalidEventException why) {
        Producer<byte[], byte[]> producer = producers.get();
        int partitions = producer.partitionsFor(topic).size();
        return producer.send(DeadLetter.of(record, why, topic, partitions));
    }

    /** Called after a failure, when nothing is on its way any more. */
    void startAnew() {
        discard.run();
    }
}
