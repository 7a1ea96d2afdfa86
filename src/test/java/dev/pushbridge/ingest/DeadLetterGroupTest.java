package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.listener.MessageListenerContainer;

class DeadLetterGroupTest {
    private final MessageListenerContainer container = mock(MessageListenerContainer.class);
    private final DeadLetterHold hold = new DeadLetterHold(Clock.systemUTC());
    private final DeadLetterGroup group = new DeadLetterGroup(() -> container, hold);
    private final DeadLetterHealth health = new DeadLetterHealth(group, hold);

    @Test
    void start_goesOnTrying_whileNoConsumerCanBeMade_andSaysSo() {
        when(container.isInExpectedState()).thenReturn(true);
        doThrow(new KafkaException("No resolvable bootstrap urls"))
                .doNothing()
                .when(container)
                .start();

        group.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(health.health().getDetails())
                        .containsEntry("reason", "no consumer can be made: No resolvable bootstrap urls"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(health.health().getStatus()).isEqualTo(Status.UP));
        verify(container, times(2)).start();
        group.stop();
        verify(container, times(2)).stop();
    }

    @Test
    void containerThatHasGivenUp_isBegunAgain() {
        when(container.isInExpectedState()).thenReturn(false, true);

        group.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> verify(container, times(2)).start());
        group.stop();
    }

    /** The first container believes that it runs, and has no thread. */
    @Test
    void threadThatCannotBeMade_isTriedAgain_andThatIsSaid() {
        AtomicInteger made = new AtomicInteger();
        DeadLetterGroup real = new DeadLetterGroup(
                () -> container(
                        made.getAndIncrement() == 0
                                ? new TaskExecutorAdapter(task -> {
                                    throw new InternalError("no thread, on purpose");
                                })
                                : new SimpleAsyncTaskExecutor()),
                hold);
        DeadLetterHealth itsHealth = new DeadLetterHealth(real, hold);

        real.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(itsHealth.health().getDetails())
                        .containsEntry(
                                "reason", "no consumer can be made: java.lang.InternalError: no thread, on purpose"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(itsHealth.health().getStatus()).isEqualTo(Status.UP));
        assertThat(made).hasValue(2);
        real.stop();
        assertThat(real.isRunning()).isFalse();
    }

    private static MessageListenerContainer container(AsyncTaskExecutor executor) {
        ContainerProperties properties = new ContainerProperties("push.events");
        properties.setGroupId("push-bridge");
        properties.setListenerTaskExecutor(executor);
        properties.setMessageListener((MessageListener<byte[], byte[]>) record -> {});
        return new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<byte[], byte[]>(Map.of()) {
                    @Override
                    protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> configs) {
                        return new MockConsumer<>("earliest");
                    }
                },
                properties);
    }

    @Test
    void stop_endsTheTrying() {
        doThrow(new KafkaException("No resolvable bootstrap urls"))
                .when(container)
                .start();
        group.start();

        group.stop();

        assertThat(group.isRunning()).isFalse();
    }

    @Test
    void containerThatHasGivenUp_isDown() {
        when(container.isInExpectedState()).thenReturn(false);

        group.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(health.health().getDetails())
                        .containsEntry("reason", "the group's consumer has stopped"));
        assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        group.stop();
    }
}
