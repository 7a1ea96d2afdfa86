package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

class DeadLetterGroupTest {
    private final MessageListenerContainer container = mock(MessageListenerContainer.class);
    private final DeadLetterHold hold = new DeadLetterHold(Clock.systemUTC());
    private final DeadLetterGroup group = new DeadLetterGroup(() -> container, hold);
    private final DeadLetterHealth health = new DeadLetterHealth(group, hold);
    /** Opened when what a try failed at has been seen: it is there until the next one, which waits for that. */
    private final CountDownLatch seen = new CountDownLatch(1);

    private final AtomicInteger tries = new AtomicInteger();
    private final AtomicInteger consumers = new AtomicInteger();

    @Test
    void start_goesOnTrying_whileNoConsumerCanBeMade_andSaysSo() {
        when(container.isInExpectedState()).thenReturn(true);
        doThrow(new KafkaException("No resolvable bootstrap urls"))
                .doNothing()
                .when(container)
                .start();
        DeadLetterGroup slow = slow(number -> container);

        slow.start();

        awaitFailureThenUp(slow, "no consumer can be made: No resolvable bootstrap urls");
        verify(container, times(2)).start();
        slow.stop();
        verify(container, times(2)).stop();
    }

    /** Its second try waits until what the first one failed at was seen. */
    private DeadLetterGroup slow(IntFunction<MessageListenerContainer> containers) {
        return new DeadLetterGroup(
                () -> {
                    int number = tries.incrementAndGet();
                    if (number == 2) {
                        awaitSeen();
                    }
                    return containers.apply(number);
                },
                hold);
    }

    private void awaitSeen() {
        try {
            assertThat(seen.await(60, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitFailureThenUp(DeadLetterGroup slow, String reason) {
        DeadLetterHealth itsHealth = new DeadLetterHealth(slow, hold);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(itsHealth.health().getDetails()).containsEntry("reason", reason));
        seen.countDown();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(itsHealth.health().getStatus()).isEqualTo(Status.UP));
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
        DeadLetterGroup real = slow(number -> container(
                number == 1
                        ? new TaskExecutorAdapter(task -> {
                            throw new InternalError("no thread, on purpose");
                        })
                        : new SimpleAsyncTaskExecutor(),
                null));

        real.start();

        awaitFailureThenUp(real, "no consumer can be made: java.lang.InternalError: no thread, on purpose");
        assertThat(tries).hasValue(2);
        real.stop();
        assertThat(real.isRunning()).isFalse();
    }

    /** The thread that reads is there, and the other one cannot be made at first. */
    @Test
    void consumerIsMadeOnlyWhenBothThreadsAreThere() {
        AtomicInteger made = new AtomicInteger();
        try (DeadLetterThreads threads =
                new DeadLetterThreads(task -> made.incrementAndGet() == 2 ? unstartable() : new Thread(task))) {
            DeadLetterGroup real = slow(number -> container(threads.started()));

            real.start();

            awaitFailureThenUp(real, "no consumer can be made: java.lang.OutOfMemoryError: no thread, on purpose");
            assertThat(made).hasValue(3);
            assertThat(consumers).hasValue(1);
            real.stop();
            assertThat(real.isRunning()).isFalse();
        }
    }

    private static Thread unstartable() {
        return new Thread() {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("no thread, on purpose");
            }
        };
    }

    private MessageListenerContainer container(ThreadPoolTaskScheduler threads) {
        return container(threads, threads);
    }

    private MessageListenerContainer container(AsyncTaskExecutor executor, @Nullable TaskScheduler scheduler) {
        ContainerProperties properties = new ContainerProperties("push.events");
        properties.setGroupId("push-bridge");
        properties.setListenerTaskExecutor(executor);
        if (scheduler != null) {
            properties.setScheduler(scheduler);
        }
        properties.setMessageListener((MessageListener<byte[], byte[]>) record -> {});
        return new KafkaMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<byte[], byte[]>(Map.of()) {
                    @Override
                    protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> configs) {
                        consumers.incrementAndGet();
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
                .untilAsserted(() -> assertThat(health.health())
                        .isEqualTo(Health.down()
                                .withDetail("reason", "the group's consumer has stopped")
                                .build()));
        group.stop();
    }
}
