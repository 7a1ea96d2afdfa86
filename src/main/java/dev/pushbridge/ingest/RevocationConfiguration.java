package dev.pushbridge.ingest;

import dev.pushbridge.security.Revocations;
import dev.pushbridge.settings.PushSettings;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

/** Reads the revocations, where logins can be revoked. */
@Configuration(proxyBeanMethods = false)
class RevocationConfiguration {
    @Bean
    RevocationTail revocationTail(
            DefaultKafkaConsumerFactory<?, ?> boot, PushSettings settings, Revocations revocations) {
        DefaultKafkaConsumerFactory<byte[], byte[]> factory = KafkaClients.revocations(boot, settings.kafka());
        String topic = settings.auth().hasRevocations() ? settings.auth().revocationTopic() : "";
        return new RevocationTail(
                factory::createConsumer,
                () -> TopicInquiry.with(KafkaClients.inquiry(boot, settings.kafka())),
                topic,
                revocations,
                settings.kafka().partitionCheckInterval());
    }

    /** Part of readiness: a node that does not know what is revoked lets nobody in. */
    @Bean
    HealthIndicator revocationsHealthIndicator(RevocationTail tail) {
        return () -> {
            String waitingFor = tail.waitingFor();
            return waitingFor.isEmpty()
                    ? Health.up().build()
                    : Health.outOfService().withDetail("waitingFor", waitingFor).build();
        };
    }
}
