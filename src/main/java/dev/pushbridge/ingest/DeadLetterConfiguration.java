package dev.pushbridge.ingest;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import dev.pushbridge.settings.PushSettings;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.backoff.FixedBackOff;

/** Puts the dead letters together. */
@Configuration(proxyBeanMethods = false)
class DeadLetterConfiguration {
    private static final String CONTAINER = "push-dead-letters";
    private static final Duration RETRY_WAIT = Duration.ofSeconds(5);

    @Bean
    DeadLetterHold deadLetterHold(PushMetrics metrics) {
        DeadLetterHold hold = new DeadLetterHold(Clock.systemUTC());
        metrics.gauge(Meters.DEAD_LETTERS_HELD, () -> (int) hold.age().toSeconds());
        return hold;
    }

    @Bean
    OwnProducers deadLetterProducers(DefaultKafkaProducerFactory<?, ?> boot, PushSettings settings) {
        return new OwnProducers(KafkaClients.deadLetterProducers(boot, settings.kafka()));
    }

    @Bean
    DeadLetterThreads deadLetterThreads() {
        CustomizableThreadFactory factory = new CustomizableThreadFactory(CONTAINER + "-");
        factory.setDaemon(true);
        return new DeadLetterThreads(factory);
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "push.shadow", havingValue = false, matchIfMissing = true)
    DeadLetterGroup deadLetterGroup(
            DefaultKafkaConsumerFactory<?, ?> boot,
            OwnProducers deadLetterProducers,
            DeadLetterThreads deadLetterThreads,
            PushSettings settings,
            EventReader reader,
            DeadLetterHold hold,
            PushMetrics metrics) {
        DeadLetterWriter writer = new DeadLetterWriter(
                settings.kafka().deadLetterTopic(),
                deadLetterProducers.factory()::createProducer,
                deadLetterProducers.factory()::reset);
        DeadLetterListener listener = new DeadLetterListener(reader, writer, hold, metrics);
        return new DeadLetterGroup(
                () -> container(boot, settings.kafka(), listener, deadLetterThreads.started()), hold);
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "push.shadow", havingValue = false, matchIfMissing = true)
    DeadLetterHealth deadLettersHealthIndicator(DeadLetterGroup group, DeadLetterHold hold) {
        return new DeadLetterHealth(group, hold);
    }

    private static KafkaMessageListenerContainer<byte[], byte[]> container(
            DefaultKafkaConsumerFactory<?, ?> boot,
            KafkaSettings settings,
            DeadLetterListener listener,
            ThreadPoolTaskScheduler threads) {
        ContainerProperties properties = new ContainerProperties(settings.topic());
        properties.setAckMode(AckMode.MANUAL);
        properties.setMessageListener(listener);
        properties.setConsumerRebalanceListener(listener);
        properties.setAuthExceptionRetryInterval(RETRY_WAIT);
        properties.setListenerTaskExecutor(threads);
        properties.setScheduler(threads);
        // A batch whose letters are on their way is given the time to be confirmed and committed.
        properties.setShutdownTimeout(KafkaClients.DEAD_LETTER_TIMEOUT.toMillis());
        KafkaMessageListenerContainer<byte[], byte[]> container =
                new KafkaMessageListenerContainer<>(KafkaClients.group(boot, settings), properties);
        container.setBeanName(CONTAINER);
        // The listener does not throw; should it, its batch is read again, and never given up as is the default.
        container.setCommonErrorHandler(
                new DefaultErrorHandler(new FixedBackOff(RETRY_WAIT.toMillis(), FixedBackOff.UNLIMITED_ATTEMPTS)));
        return container;
    }
}
