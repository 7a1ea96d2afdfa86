package dev.pushbridge.ingest;

import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.PushSettings;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;

/** Puts the handing over together, where it is wanted. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("push.undelivered.enabled")
class UndeliveredConfiguration {
    @Bean
    OwnProducers undeliveredProducers(DefaultKafkaProducerFactory<?, ?> boot, PushSettings settings) {
        return new OwnProducers(KafkaClients.undeliveredProducers(boot, settings.kafka()));
    }

    @Bean
    ReceiptWriter receiptWriter(OwnProducers undeliveredProducers, PushSettings settings, PushMetrics metrics) {
        return new ReceiptWriter(
                settings.receiptsTopic(),
                settings.undelivered().takenBy(),
                undeliveredProducers.factory()::createProducer,
                metrics,
                Clock.systemUTC());
    }

    @Bean
    UndeliveredGroup undeliveredGroup(
            DefaultKafkaConsumerFactory<?, ?> boot,
            OwnProducers undeliveredProducers,
            PushSettings settings,
            EventReader reader,
            PushMetrics metrics) {
        return new UndeliveredGroup(
                settings.kafka(),
                settings.receiptsTopic(),
                settings.undelivered().after(),
                KafkaClients.undeliveredGroup(boot, settings.kafka())::createConsumer,
                KafkaClients.receipts(boot, settings.kafka())::createConsumer,
                new UndeliveredWriter(settings.undelivered().topic(), undeliveredProducers.factory()::createProducer),
                reader,
                metrics,
                Clock.systemUTC());
    }
}
