package dev.pushbridge.ingest;

import dev.pushbridge.settings.PushSettings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;

/** Puts the publisher together. */
@Configuration(proxyBeanMethods = false)
class PublisherConfiguration {
    @Bean
    OwnProducers publisherProducers(DefaultKafkaProducerFactory<?, ?> boot, PushSettings settings) {
        return new OwnProducers(KafkaClients.publisher(boot, settings.kafka()));
    }

    @Bean
    EventPublisher eventPublisher(OwnProducers publisherProducers, PushSettings settings) {
        return new EventPublisher(settings.kafka().topic(), publisherProducers.factory()::createProducer);
    }
}
