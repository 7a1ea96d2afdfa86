package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.testkit.Logs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.util.unit.DataSize;

class DeadLetterListenerTest {
    private static final String TOPIC = "push.events";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(TOPIC, 1);
    private static final String LETTERS = "push.events-dlt";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final FlakyProducer producer = new FlakyProducer();
    private final DeadLetterHold hold = new DeadLetterHold(Clock.systemUTC());
    private final Reader consumer = new Reader();
    private int producersDiscarded;
    private final DeadLetterListener listener = new DeadLetterListener(
            EventReader.ofEnvelope(new EventDecoder(DataSize.ofKilobytes(1))),
            new DeadLetterWriter(LETTERS, () -> producer, () -> producersDiscarded++),
            hold,
            new PushMetrics(meters));

    @BeforeEach
    void assign() {
        consumer.assign(List.of(P0, P1));
        consumer.seek(P0, 0);
        consumer.seek(P1, 0);
    }

    @Test
    void goodBatch_isCommittedAndWritesNothing() {
        Batch batch = listen(List.of(good(0), good(1)));

        assertThat(batch.committed).isTrue();
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void badRecords_areWrittenInOrderAndThenCommitted() {
        Batch batch = listen(List.of(bad(0), good(1), bad(2), bad(3)));

        assertThat(batch.committed).isTrue();
        assertThat(offsetsWritten()).containsExactly("0", "2", "3");
        assertThat(meters.get(Meters.DEAD_LETTERS.meter())
                        .tag("reason", InvalidReason.NOT_JSON.word())
                        .counter()
                        .count())
                .isEqualTo(3);
        assertThat(hold.current()).isNull();
    }

    @Test
    void letterThatFails_holdsTheGroupThere_andThoseBehindItAreNotWrittenTwice() {
        producer.refused.add("2");

        Batch first = listen(List.of(bad(0), good(1), bad(2), bad(3), bad(4)));

        assertThat(first.committed).isFalse();
        assertThat(first.resumesAt).isEqualTo(2);
        assertThat(offsetsWritten()).containsExactly("0", "3", "4");
        assertThat(holdReason())
                .isEqualTo("push.events-0@2 does not get into push.events-dlt: its value has 4 bytes"
                        + " (expected: less than max.message.bytes of push.events-dlt, which may be raised)");

        producer.refused.clear();
        Batch second = listen(List.of(bad(2), bad(3), bad(4), bad(5)));

        assertThat(second.committed).isTrue();
        assertThat(offsetsWritten()).containsExactly("0", "3", "4", "2", "5");
        assertThat(hold.current()).isNull();
        assertThat(meters.get(Meters.DEAD_LETTER_FAILURES.meter()).counter().count())
                .isEqualTo(1);
        assertThat(producersDiscarded).isEqualTo(1);
    }

    @Test
    void topicThatCannotBeFound_holdsTheGroupAtItsFirstBadRecord_andTriesLessAndLessOften() {
        producer.topicMissing = true;
        List<Duration> waits = new ArrayList<>();

        for (int i = 0; i < 7; i++) {
            Batch batch = listen(List.of(good(0), bad(1), bad(2)));
            assertThat(batch.resumesAt).isEqualTo(1);
            waits.add(batch.wait);
        }

        assertThat(waits)
                .startsWith(DeadLetterListener.FIRST_WAIT)
                .isSorted()
                .endsWith(DeadLetterListener.LONGEST_WAIT, DeadLetterListener.LONGEST_WAIT);
        assertThat(producer.history()).isEmpty();

        producer.topicMissing = false;
        assertThat(listen(List.of(bad(1), bad(2))).committed).isTrue();
        assertThat(offsetsWritten()).containsExactly("1", "2");
        producer.topicMissing = true;
        assertThat(listen(List.of(bad(3))).wait).isEqualTo(DeadLetterListener.FIRST_WAIT);
    }

    @Test
    void holdIsOverForThisNode_whenThePartitionGoes_andWhatItWroteIsForgotten() {
        producer.refused.add("0");
        assertThat(listen(List.of(bad(0), bad(1))).resumesAt).isZero();

        listener.onPartitionsRevokedAfterCommit(consumer, List.of(P0));

        assertThat(hold.current()).isNull();
        producer.refused.clear();
        listen(List.of(bad(0), bad(1)));
        assertThat(offsetsWritten()).containsExactly("1", "0", "1");
    }

    @Test
    void errorOfOurOwn_holdsTheGroupAndIsNotAReasonToSkip() {
        producer.broken = true;

        Batch batch = listen(List.of(good(0), bad(1)));

        assertThat(batch.committed).isFalse();
        assertThat(batch.resumesAt).isEqualTo(1);
        assertThat(holdReason())
                .isEqualTo("push.events-0@1 does not get into push.events-dlt: java.lang.IllegalStateException");
    }

    @Test
    void heldLetterThatTheTopicHasDropped_isToldAndCounted() {
        producer.refused.add("2");
        assertThat(listen(List.of(bad(2), good(3))).resumesAt).isZero();

        try (Logs logs = Logs.taken()) {
            assertThat(listen(List.of(bad(7))).committed).isTrue();

            assertThat(logs.lines())
                    .contains("push.events-0 has dropped the records from 2 to 6 while their dead letters could not be"
                            + " written: there will be none");
        }
        assertThat(lost()).isEqualTo(5);
        assertThat(hold.current()).isNull();
        listen(List.of(bad(9)));
        assertThat(lost()).as("a gap behind nothing that was held is none").isEqualTo(5);
    }

    /** As it does where a topic was deleted and made anew. */
    @Test
    void heldLetterOfAPartitionThatBeginsAgain_isNotCountedAsLost() {
        producer.refused.add("2");
        listen(List.of(bad(2)));

        assertThat(listen(List.of(good(0))).committed).isTrue();

        assertThat(lost()).isZero();
        assertThat(hold.current()).isNull();
    }

    @Test
    void batchOfAnotherPartition_doesNotEndTheHold() {
        producer.refused.add("2");
        assertThat(listen(List.of(bad(2))).wait).isEqualTo(DeadLetterListener.FIRST_WAIT);

        assertThat(listen(List.of(record(1, 0, "{\"tokens\":[\"1\"]}"))).committed)
                .isTrue();

        assertThat(hold.current()).isNotNull();
        assertThat(listen(List.of(bad(2))).wait).isGreaterThan(DeadLetterListener.FIRST_WAIT);
        producer.refused.clear();
        listen(List.of(bad(2)));
        assertThat(hold.current()).isNull();
    }

    /** The partition is empty: nothing of it comes again. Where its reader goes on is what tells. */
    @Test
    void heldLetterThatTheTopicHasDroppedDownToItsEnd_isToldAndCounted_whenOthersCome() {
        producer.refused.add("2");
        listen(List.of(bad(2), good(3)));

        listen(List.of(record(1, 0, "{\"tokens\":[\"1\"]}")));

        assertThat(hold.current()).as("while it is to come again").isNotNull();
        consumer.seek(P0, 7);
        try (Logs logs = Logs.taken()) {
            listen(List.of(record(1, 1, "{\"tokens\":[\"1\"]}")));

            assertThat(logs.lines())
                    .contains("push.events-0 has dropped the records from 2 to 6 while their dead letters could not be"
                            + " written: there will be none");
        }
        assertThat(lost()).isEqualTo(5);
        assertThat(hold.current()).isNull();
    }

    @Test
    void heldLetterOfAPartitionThatBeginsAgainWithNothing_isNotCountedAsLost() {
        producer.refused.add("2");
        listen(List.of(bad(2)));
        consumer.seek(P0, 0);

        listen(List.of(record(1, 0, "{\"tokens\":[\"1\"]}")));

        assertThat(lost()).isZero();
        assertThat(hold.current()).isNull();
    }

    /** As in the middle of looking up where a partition begins that has lost its beginning. */
    @Test
    void placeThatTheReaderDoesNotKnowYet_isAskedForAtTheNextBatch() {
        producer.refused.add("2");
        listen(List.of(bad(2)));
        consumer.isLookingUp = true;

        assertThat(listen(List.of(record(1, 0, "{\"tokens\":[\"1\"]}"))).committed)
                .isTrue();

        assertThat(hold.current()).isNotNull();
        consumer.isLookingUp = false;
        consumer.seek(P0, 3);
        listen(List.of(record(1, 1, "{\"tokens\":[\"1\"]}")));
        assertThat(hold.current()).isNull();
        assertThat(lost()).isEqualTo(1);
    }

    /** As a group does that lets its members keep what they have. */
    @Test
    void holdIsNotOver_whenAnotherPartitionGoes() {
        producer.refused.add("2");
        listen(List.of(bad(2)));

        listener.onPartitionsLost(consumer, List.of(P1));

        assertThat(hold.current()).isNotNull();
        listener.onPartitionsLost(consumer, List.of(P0));
        assertThat(hold.current()).isNull();
    }

    private double lost() {
        return meters.get(Meters.DEAD_LETTERS_LOST.meter()).counter().count();
    }

    /** Not an exception: what the JVM itself fails at, which would end the container for good. */
    @Test
    void errorOfTheJvm_holdsTheGroupToo() {
        producer.error = new NoClassDefFoundError("on purpose");

        assertThat(listen(List.of(good(0), bad(1))).resumesAt).isEqualTo(1);

        producer.error = null;
        assertThat(listen(List.of(bad(1))).committed).isTrue();
        assertThat(offsetsWritten()).containsExactly("1");
    }

    private String holdReason() {
        DeadLetterHold.Held held = hold.current();
        return held == null ? "nothing is held" : held.reason();
    }

    private Batch listen(List<ConsumerRecord<byte[], byte[]>> records) {
        Batch batch = new Batch();
        listener.onMessage(records, batch, consumer);
        assertThat(batch.answers).isEqualTo(1);
        if (!batch.committed) {
            seekBack(records.subList(batch.resumesAt, records.size()));
        }
        return batch;
    }

    /** As the container does. */
    private void seekBack(List<ConsumerRecord<byte[], byte[]>> records) {
        Map<TopicPartition, Long> first = new HashMap<>();
        records.forEach(
                record -> first.putIfAbsent(new TopicPartition(record.topic(), record.partition()), record.offset()));
        first.forEach(consumer::seek);
    }

    private static ConsumerRecord<byte[], byte[]> good(long offset) {
        return record(offset, "{\"tokens\":[\"1\"]}");
    }

    private static ConsumerRecord<byte[], byte[]> bad(long offset) {
        return record(offset, "nope");
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, String value) {
        return record(0, offset, value);
    }

    private static ConsumerRecord<byte[], byte[]> record(int partition, long offset, String value) {
        byte[] bytes = value.getBytes(UTF_8);
        return new ConsumerRecord<>(
                TOPIC,
                partition,
                offset,
                0,
                TimestampType.CREATE_TIME,
                0,
                bytes.length,
                new byte[0],
                bytes,
                new RecordHeaders(),
                Optional.empty());
    }

    private List<String> offsetsWritten() {
        return producer.history().stream().map(DeadLetterListenerTest::offset).toList();
    }

    private static String offset(ProducerRecord<?, ?> letter) {
        return new String(letter.headers().lastHeader(DeadLetter.OFFSET).value(), UTF_8);
    }

    /** The container's, as far as the listener asks it. */
    private static final class Reader extends MockConsumer<byte[], byte[]> {
        boolean isLookingUp;

        Reader() {
            super("earliest");
        }

        @Override
        public synchronized long position(TopicPartition partition, Duration timeout) {
            if (isLookingUp) {
                throw new TimeoutException("Timeout of 0ms expired before the position could be determined");
            }
            return super.position(partition, timeout);
        }
    }

    /** What the listener says of a batch to its container. */
    private static final class Batch implements Acknowledgment {
        boolean committed;
        int resumesAt = -1;
        Duration wait = Duration.ZERO;
        int answers;

        @Override
        public void acknowledge() {
            committed = true;
            answers++;
        }

        @Override
        public void nack(int index, Duration sleep) {
            resumesAt = index;
            wait = sleep;
            answers++;
        }
    }

    /** Confirms at once, but refuses as told. */
    private static final class FlakyProducer extends MockProducer<byte[], byte[]> {
        final Set<String> refused = new HashSet<>();
        boolean topicMissing;
        boolean broken;

        @Nullable Error error;

        FlakyProducer() {
            super(cluster(), true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        private static Cluster cluster() {
            Node node = new Node(0, "127.0.0.1", 9092);
            PartitionInfo partition = new PartitionInfo(LETTERS, 0, node, new Node[] {node}, new Node[] {node});
            return new Cluster("test", List.of(node), List.of(partition), Set.of(), Set.of());
        }

        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic) {
            if (topicMissing) {
                throw new TimeoutException("Topic " + topic + " not present in metadata after 5000 ms.");
            }
            return super.partitionsFor(topic);
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
            if (error != null) {
                throw error;
            }
            if (broken) {
                throw new IllegalStateException("what a record says");
            }
            return refused.contains(offset(record))
                    ? CompletableFuture.failedFuture(new RecordTooLargeException("too large"))
                    : super.send(record);
        }
    }
}
