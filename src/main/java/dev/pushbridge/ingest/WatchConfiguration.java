package dev.pushbridge.ingest;

import dev.pushbridge.settings.PushSettings;
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
        return new DeadLetterWatch(
                settings.kafka().deadLetterTopic(), KafkaClients.watch(boot, settings.kafka())::createConsumer);
    }
}
