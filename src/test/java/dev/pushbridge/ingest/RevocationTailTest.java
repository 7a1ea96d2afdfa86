package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.AdditionalMatchers.aryEq;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.pushbridge.security.Revocations;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where the tail of the revocations goes on: where it was, but in another topic at the beginning. */
final class RevocationTailTest {
    private static final String TOPIC = "push.revocations";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);

    private final Revocations revocations = mock(Revocations.class);
    private final Queue<Consumer<byte[], byte[]>> consumers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger identity = new AtomicInteger(1);
    private final RevocationTail tail =
            new RevocationTail(consumers::remove, () -> topic -> identity.get(), TOPIC, revocations, Duration.ZERO);

    @AfterEach
    void stop() {
        tail.stop();
    }

    @Test
    void topicThatIsMadeAnewIsReadFromItsBeginning() {
        consumers.addAll(List.of(consumer("old", 3), consumer("new", 5)));
        tail.start();
        awaitTaken("old 2");

        identity.set(2);

        awaitTaken("new 4");
        awaitTaken("new 0");
        assertThat(tail.waitingFor()).as("what is known holds").isEmpty();
    }

    @Test
    void consumerThatFailsIsFollowedByOneThatGoesOnThere() {
        MockConsumer<byte[], byte[]> failing = consumer("same", 3);
        consumers.addAll(List.of(failing, consumer("same", 5)));
        tail.start();
        awaitTaken("same 2");

        failing.setPollException(new KafkaException("broken"));

        awaitTaken("same 4");
        awaitTaken("same 0"); // once
    }

    private void awaitTaken(String key) {
        await().untilAsserted(() -> verify(revocations, times(1)).take(aryEq(key.getBytes(UTF_8)), any()));
    }

    /** In whose topic there are so many records, each with its topic's name and its offset as the key. */
    private static MockConsumer<byte[], byte[]> consumer(String name, int records) {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
        consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, null, null, null)));
        consumer.updateBeginningOffsets(Map.of(P0, 0L));
        consumer.updateEndOffsets(Map.of(P0, (long) records));
        consumer.schedulePollTask(() -> {
            for (long offset = consumer.position(P0); offset < records; offset++) {
                byte[] key = (name + " " + offset).getBytes(UTF_8);
                consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, offset, key, null));
            }
        });
        return consumer;
    }
}
