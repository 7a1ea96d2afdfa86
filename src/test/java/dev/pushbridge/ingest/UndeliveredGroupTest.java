package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.HandOver;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class UndeliveredGroupTest {
    private static final String TOPIC = "push.events";
    private static final String RECEIPTS = "push.events-receipts";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(TOPIC, 1);
    private static final TopicPartition R0 = new TopicPartition(RECEIPTS, 0);
    private static final Duration AFTER = Duration.ofSeconds(30);
    private static final long NOON = Instant.parse("2026-11-24T12:00:00Z").toEpochMilli();
    private static final int POLL_RECORDS = 500;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong millis = new AtomicLong(NOON);
    private final List<Map<TopicPartition, OffsetAndMetadata>> commits = new CopyOnWriteArrayList<>();
    private final MockConsumer<byte[], byte[]> events = new MockConsumer<>("earliest") {
        @Override
        public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            commits.add(offsets);
            super.commitSync(offsets, timeout);
        }
    };
    private final ReceiptsConsumer receipts = new ReceiptsConsumer();
    private final AtomicInteger joined = new AtomicInteger();
    private MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final UndeliveredGroup group = new UndeliveredGroup(
            new KafkaSettings(
                    TOPIC, null, "push-bridge", DataSize.ofKilobytes(1), Duration.ofMillis(10), Duration.ofSeconds(1)),
            RECEIPTS,
            AFTER,
            this::join,
            () -> receipts,
            new UndeliveredWriter("push.undelivered", () -> producer),
            EventReader.ofEnvelope(new EventDecoder(DataSize.ofKilobytes(1))),
            new PushMetrics(meters),
            InstantSource.tick(() -> Instant.ofEpochMilli(millis.get()), Duration.ofMillis(1))
                    .withZone(ZoneOffset.UTC));

    @AfterEach
    void stop() {
        producer.completeNext();
        group.stop();
        assertThat(group.isRunning()).isFalse();
    }

    /** All nodes are far ahead of a member that takes over: their receipts are read with its first poll of the events. */
    @Test
    void takeover_whatWasTakenLongBeforeItsEventIsReadIsNotHandedOver() {
        int taken = 5_000;
        begins(1);
        events.setMaxPollRecords(POLL_RECORDS);
        events.schedulePollTask(() -> {
            events.rebalance(List.of(P0));
            IntStream.range(0, taken).forEach(offset -> event(P0, offset, NOON, "anna"));
            event(P0, taken, NOON, "nobody");
        });
        for (int from = 0; from < taken; from += 1_000) {
            receipts.has(0, LongStream.range(from, from + 1_000).toArray());
        }

        group.start();
        await().until(() -> places(P0) == taken + 1);
        millis.addAndGet(AFTER.toMillis());

        await().until(() -> !producer.history().isEmpty());
        assertThat(handedOver()).containsExactly("push.events-0@5000/nobody");
    }

    /** The receipts of both partitions are in one: what the second one begins with must not take the first one further. */
    @Test
    void partitionThatBeginsLater_leavesOutNoReceiptOfAnother() {
        begins(2);
        receipts.has(0, 0);
        receipts.has(1, 0);
        receipts.startsAt(1, NOON);
        events.schedulePollTask(() -> {
            events.rebalance(List.of(P0, P1));
            event(P0, 0, NOON - 600_000, "anna");
            event(P0, 1, NOON - 600_000, "nobody");
            event(P1, 0, NOON + 60_000, "anna");
        });

        group.start();
        await().until(() -> places(P0) == 2 && places(P1) == 1);
        millis.addAndGet(AFTER.toMillis());

        await().until(() -> !producer.history().isEmpty());
        assertThat(handedOver()).containsExactly("push.events-0@1/nobody");
    }

    /** The member asks where to begin; before it stands there, a node tells the first receipt of all. */
    @Test
    void receiptThatIsWrittenWhileTheMemberAsksWhereTheyBeginIsHeard() {
        begins(1);
        receipts.hasOnceAsked(0, 0);
        events.schedulePollTask(() -> {
            events.rebalance(List.of(P0));
            event(P0, 0, NOON, "anna");
            event(P0, 1, NOON, "nobody");
        });

        group.start();
        await().until(() -> places(P0) == 2);
        millis.addAndGet(AFTER.toMillis());

        await().until(() -> !producer.history().isEmpty());
        assertThat(handedOver()).containsExactly("push.events-0@1/nobody");
    }

    @Test
    void handedOverIsCountedWhenTheBrokerHasIt() {
        producer = new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        begins(1);
        events.schedulePollTask(() -> {
            events.rebalance(List.of(P0));
            event(P0, 0, NOON - AFTER.toMillis(), "nobody");
        });

        group.start();
        await().until(() -> places(P0) == 1);
        millis.addAndGet(AFTER.toMillis());

        await().until(() -> !producer.history().isEmpty());
        assertThat(confirmed()).isZero();
        producer.completeNext();
        await().until(() -> confirmed() == 1);
    }

    @Test
    void groupThatHasNeverReadBeginsWithWhatComes() {
        events.updatePartitions(TOPIC, infos(2));
        events.updateEndOffsets(Map.of(P0, 10L, P1, 20L));

        group.start();

        await().until(() -> !commits.isEmpty());
        assertThat(commits.get(0)).isEqualTo(Map.of(P0, new OffsetAndMetadata(10), P1, new OffsetAndMetadata(20)));
    }

    @Test
    void partitionThatIsAddedIsReadFromItsStart() {
        events.updatePartitions(TOPIC, infos(2));
        events.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
        events.updateEndOffsets(Map.of(P0, 10L, P1, 20L));
        events.commitSync(Map.of(P0, new OffsetAndMetadata(10)));
        events.schedulePollTask(() -> {
            events.rebalance(List.of(P0, P1));
            event(P1, 0, NOON, "nobody");
        });

        group.start();
        await().until(() -> places(P1) == 1);
        millis.addAndGet(AFTER.toMillis());

        await().until(() -> !producer.history().isEmpty());
        assertThat(handedOver()).containsExactly("push.events-1@0/nobody");
    }

    /** Not an exception: what the JVM itself fails at. */
    @Test
    void errorOfTheJvmEndsTheMembershipAndNotTheGroup() {
        begins(1);
        events.schedulePollTask(() -> {
            throw new NoClassDefFoundError("on purpose");
        });

        group.start();

        await().until(() -> joined.get() > 1);
        assertThat(group.isRunning()).isTrue();
    }

    private MockConsumer<byte[], byte[]> join() {
        joined.incrementAndGet();
        return events;
    }

    /** A group that has read nothing of so many partitions, and knows that it begins at the start. */
    private void begins(int partitions) {
        Map<TopicPartition, Long> starts = new HashMap<>();
        IntStream.range(0, partitions).forEach(p -> starts.put(new TopicPartition(TOPIC, p), 0L));
        events.updatePartitions(TOPIC, infos(partitions));
        events.updateBeginningOffsets(starts);
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        starts.keySet().forEach(partition -> committed.put(partition, new OffsetAndMetadata(0)));
        events.commitSync(committed);
    }

    private void event(TopicPartition partition, long offset, long timestamp, String token) {
        events.addRecord(record(partition, offset, timestamp, ("{\"tokens\":[\"" + token + "\"]}").getBytes(UTF_8)));
    }

    private static ConsumerRecord<byte[], byte[]> record(
            TopicPartition partition, long offset, long timestamp, byte[] value) {
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                timestamp,
                TimestampType.CREATE_TIME,
                0,
                value.length,
                null,
                value,
                new RecordHeaders(),
                Optional.empty());
    }

    private long places(TopicPartition partition) {
        return events.assignment().contains(partition) ? events.position(partition) : -1;
    }

    private List<String> handedOver() {
        return producer.history().stream()
                .map(record -> new String(record.key(), UTF_8))
                .toList();
    }

    private double confirmed() {
        return meters.get(Meters.UNDELIVERED.meter())
                .tag("what", HandOver.HANDED_OVER.word())
                .counter()
                .count();
    }

    private static List<PartitionInfo> infos(int partitions) {
        return IntStream.range(0, partitions)
                .mapToObj(p -> new PartitionInfo(TOPIC, p, null, null, null))
                .toList();
    }

    /** One partition of receipts that are there from the start; knows what Kafka's own mock does not: where a time is. */
    private static final class ReceiptsConsumer extends MockConsumer<byte[], byte[]> {
        private final List<byte[]> values = new ArrayList<>();
        private Runnable onceAsked = () -> {};
        private long laterOffset = Long.MAX_VALUE;
        private long laterMillis = Long.MAX_VALUE;

        ReceiptsConsumer() {
            super("none");
            updatePartitions(RECEIPTS, List.of(new PartitionInfo(RECEIPTS, 0, null, null, null)));
            updateEndOffsets(Map.of(R0, 0L));
        }

        void has(int partition, long... offsets) {
            values.add(Receipt.write(
                    partition,
                    LongStream.of(offsets)
                            .mapToObj(offset -> new Receipt(partition, offset, "anna"))
                            .toList()));
            updateEndOffsets(Map.of(R0, (long) values.size()));
        }

        /** They come when it is known that there are none. */
        void hasOnceAsked(int partition, long... offsets) {
            onceAsked = () -> {
                has(partition, offsets);
                addAll();
            };
        }

        void startsAt(long offset, long atMillis) {
            laterOffset = offset;
            laterMillis = atMillis;
        }

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
                Map<TopicPartition, Long> times, Duration timeout) {
            addAll();
            long asked = times.getOrDefault(R0, 0L);
            long offset = asked >= laterMillis ? laterOffset : 0;
            Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
            found.put(R0, values.isEmpty() ? null : new OffsetAndTimestamp(offset, asked));
            onceAsked.run();
            onceAsked = () -> {};
            return found;
        }

        private void addAll() {
            for (int i = 0; i < values.size(); i++) {
                addRecord(record(R0, i, NOON, values.get(i)));
            }
        }
    }
}
