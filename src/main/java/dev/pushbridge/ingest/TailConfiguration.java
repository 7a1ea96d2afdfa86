package dev.pushbridge.ingest;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.shadow.Sightings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
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
        DefaultKafkaConsumerFactory<byte[], byte[]> factory = tailConsumers(boot, settings.kafka());
        TopicTail tail = new TopicTail(
                factory::createConsumer,
                () -> TopicIdentity.asking(adminProperties(boot, settings.kafka())),
                bootstrapServers(boot),
                settings.kafka(),
                settings.replayKeep().multipliedBy(2),
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

    /** Connection and tuning are Boot's {@code spring.kafka.*}; over them, what the tail's promises stand on. */
    private static DefaultKafkaConsumerFactory<byte[], byte[]> tailConsumers(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        all.remove(ConsumerConfig.GROUP_ID_CONFIG);
        all.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.group() + "-tail");
        all.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // The tail always seeks; on the day when retention has overtaken it, it wants to know.
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        // An event of a transaction that was aborted did not happen.
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // The client looks for new partitions this often.
        all.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, (int)
                settings.partitionCheckInterval().toMillis());
        return KafkaClients.consumers(boot, all);
    }

    /** The consumers' connection serves the admin client too; what only a consumer knows, it ignores. */
    /** Without what only a consumer knows; names of others stay, for a TLS bundle of Boot's is under one of its own. */
    private static Map<String, Object> adminProperties(DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        Set<String> consumersOnly = new HashSet<>(ConsumerConfig.configNames());
        consumersOnly.removeAll(AdminClientConfig.configNames());
        all.keySet().removeAll(consumersOnly);
        all.put(AdminClientConfig.CLIENT_ID_CONFIG, settings.group() + "-identity");
        return all;
    }

    /** As the operator wrote them; Kafka's properties have them as a list. */
    private static String bootstrapServers(DefaultKafkaConsumerFactory<?, ?> boot) {
        Object servers = boot.getConfigurationProperties().get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
        return servers instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(servers);
    }
}
