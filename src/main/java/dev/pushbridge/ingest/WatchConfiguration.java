package dev.pushbridge.ingest;

import dev.pushbridge.settings.PushSettings;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

/** Puts the dead-letter watch together, where there is a page to show it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("push.page.enabled")
class WatchConfiguration {
    @Bean
    DeadLetterWatch deadLetterWatch(DefaultKafkaConsumerFactory<?, ?> boot, PushSettings settings) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        all.remove(ConsumerConfig.GROUP_ID_CONFIG);
        all.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.kafka().group() + "-page");
        all.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new DeadLetterWatch(
                settings.kafka().deadLetterTopic(),
                new DefaultKafkaConsumerFactory<byte[], byte[]>(all)::createConsumer);
    }
}
