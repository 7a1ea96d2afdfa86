package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.pushbridge.security.Revocations;
import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RevocationTailTest {
    private static final String TOPIC = "push.revocations";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);

    private final Revocations revocations = mock(Revocations.class);
    private final Queue<MockConsumer<byte[], byte[]>> consumers = new ConcurrentLinkedQueue<>();
    private final RevocationTail tail =
            new RevocationTail(this::nextConsumer, OneTopic::new, TOPIC, revocations, Duration.ofMinutes(1));

    @AfterEach
    void stop() {
        tail.stop();
        assertThat(tail.isRunning()).isFalse();
    }

    /** Not an exception: what the JVM itself fails at. A node that hears of no revocation lets in whom it should not. */
    @Test
    void errorOfTheJvmEndsTheConsumerAndNotTheTail() {
        MockConsumer<byte[], byte[]> first = consumer();
        first.schedulePollTask(() -> {
            throw new NoClassDefFoundError("on purpose");
        });
        MockConsumer<byte[], byte[]> second = consumer();
        second.schedulePollTask(() -> second.addRecord(
                new ConsumerRecord<>(TOPIC, 0, 0, "token:anna".getBytes(UTF_8), "{}".getBytes(UTF_8))));
        consumers.addAll(List.of(first, second));
        try (Logs logs = Logs.taken()) {
            tail.start();

            await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
            assertThat(logs.lines()).contains("Waiting for the revocations of push.revocations: on purpose");
        }
        verify(revocations).take(any(), any());
        verify(revocations).areKnown();
    }

    /** Taking it fails once: who goes on behind it lets in whom it revokes. */
    @Test
    void revocationThatCouldNotBeTakenIsTakenAgain() {
        doThrow(new NoClassDefFoundError("on purpose"))
                .doNothing()
                .when(revocations)
                .take(any(), any());
        for (int i = 0; i < 2; i++) {
            MockConsumer<byte[], byte[]> next = consumer();
            next.schedulePollTask(() -> next.addRecord(
                    new ConsumerRecord<>(TOPIC, 0, 0, "token:anna".getBytes(UTF_8), "{}".getBytes(UTF_8))));
            consumers.add(next);
        }
        try (Logs logs = Logs.taken()) {
            tail.start();

            await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
            assertThat(logs.lines()).contains("Waiting for the revocations of push.revocations: on purpose");
        }
        verify(revocations, times(2)).take(any(), any());
    }

    private Consumer<byte[], byte[]> nextConsumer() {
        MockConsumer<byte[], byte[]> next = consumers.poll();
        return next != null ? next : consumer();
    }

    private static MockConsumer<byte[], byte[]> consumer() {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
        consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, null, null, null)));
        consumer.updateEndOffsets(Map.of(P0, 1L));
        return consumer;
    }

    /** A topic that stays what it is. */
    private static final class OneTopic implements TopicInquiry {
        @Override
        public CompletableFuture<Integer> identity(String topic) {
            return CompletableFuture.completedFuture(1);
        }

        @Override
        public CompletableFuture<long[]> ends(String topic, int partitions) {
            throw new UnsupportedOperationException("nobody asks");
        }
    }
}
