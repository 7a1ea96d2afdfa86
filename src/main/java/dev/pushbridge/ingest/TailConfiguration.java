package dev.pushbridge.ingest;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.shadow.Sightings;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

/** Puts the tail together. */
@Configuration(proxyBeanMethods = false)
class TailConfiguration {
    @Bean
    EventReader eventReader(PushSettings settings, ObjectProvider<Sightings> shadow) {
        EventDecoder decoder = new EventDecoder(settings.kafka().maxRecordSize());
        EventReader reader = switch (settings.validation()) {
            case ENVELOPE -> EventReader.ofEnvelope(decoder);
            case FULL -> EventReader.ofEverything(decoder, DataValidator.load(settings.schemas()));
        };
        Sightings sightings = shadow.getIfAvailable();
        return sightings == null ? reader : reader.telling(sightings);
    }

    @Bean
    TopicTail topicTail(
            DefaultKafkaConsumerFactory<?, ?> boot,
            PushSettings settings,
            EventReader reader,
            Dispatcher dispatcher,
            PushMetrics metrics,
            Journeys journeys) {
        DefaultKafkaConsumerFactory<byte[], byte[]> factory = KafkaClients.tail(boot, settings.kafka());
        TopicTail tail = new TopicTail(
                factory::createConsumer,
                () -> TopicInquiry.with(KafkaClients.inquiry(boot, settings.kafka())),
                bootstrapServers(boot),
                settings.kafka(),
                settings.lookBack(),
                reader,
                dispatcher,
                metrics,
                journeys);
        metrics.gauge(Meters.TAIL_LAG_RECORDS, tail.lag()::records);
        metrics.gauge(Meters.TAIL_LAG_SECONDS, tail.lag()::seconds);
        return tail;
    }

    @Bean
    TailHealth tailHealthIndicator(TopicTail tail) {
        return new TailHealth(tail);
    }

    /** As the operator wrote them; Kafka's properties have them as a list. */
    private static String bootstrapServers(DefaultKafkaConsumerFactory<?, ?> boot) {
        Object servers = boot.getConfigurationProperties().get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
        return servers instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(servers);
    }
}
