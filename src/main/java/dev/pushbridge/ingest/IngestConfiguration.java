package dev.pushbridge.ingest;

import dev.pushbridge.settings.PushSettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;

/** Puts the clients of Kafka together. */
@Configuration(proxyBeanMethods = false)
class IngestConfiguration {
    @Bean
    EventPublisher eventPublisher(PublisherProducers producers, PushSettings settings) {
        return new EventPublisher(settings.kafka().topic(), producers.factory()::createProducer);
    }

    @Bean
    PublisherProducers publisherProducers(DefaultKafkaProducerFactory<?, ?> boot, PushSettings settings) {
        return new PublisherProducers(KafkaClients.publisher(boot, settings.kafka()));
    }

    /** Keeps the publisher's factory from being taken for the one of Boot, which steps back where there is another. */
    record PublisherProducers(DefaultKafkaProducerFactory<byte[], byte[]> factory) implements AutoCloseable {
        @Override
        public void close() {
            factory.destroy();
        }
    }
}
