package dev.pushbridge.ingest;

import org.springframework.kafka.core.DefaultKafkaProducerFactory;

/** A factory of our own, in a wrapping, because Boot's steps back where there is a bean of its type. Closed at the end. */
record OwnProducers(DefaultKafkaProducerFactory<byte[], byte[]> factory) implements AutoCloseable {
    @Override
    public void close() {
        factory.destroy();
    }
}
