package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.KafkaSettings;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.util.unit.DataSize;

class TopicTailTest {
    private static final String TOPIC = "push.events";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(TOPIC, 1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final ReplayWindow window = new ReplayWindow(Duration.ofMinutes(1), 1 << 20);
    private final Tab anna = new Tab("s1");
    private final Queue<ScriptedConsumer> consumers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger identity = new AtomicInteger(1);
    private final TopicTail tail = new TopicTail(
            this::nextConsumer,
            () -> topic -> identity.get(),
            "broker:9092",
            new KafkaSettings(
                    TOPIC, null, "push-bridge", DataSize.ofKilobytes(1), Duration.ofMillis(10), Duration.ofSeconds(1)),
            Duration.ofMinutes(2),
            EventReader.ofEnvelope(new EventDecoder(DataSize.ofKilobytes(1))),
            new Dispatcher(
                    registry,
                    window,
                    new Nowhere(),
                    new PushMetrics(meters),
                    new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                    Receipts.UNHEARD),
            new PushMetrics(meters),
            new Journeys(
                    meters,
                    new StaticListableBeanFactory().getBeanProvider(Tracer.class),
                    new StaticListableBeanFactory().getBeanProvider(Propagator.class)));

    @BeforeEach
    void logIn() {
        registry.login(anna, new Login("anna", null, Instant.EPOCH));
    }

    @AfterEach
    void stop() {
        tail.stop();
        assertThat(tail.isRunning()).isFalse();
    }

    @Test
    void whatWasThereBeforeIsForTheWindow_whatComesIsPushed_badRecordHarmsNobody() {
        ScriptedConsumer consumer = consumer(2);
        consumer.starts(Map.of(P0, 5L));
        consumer.updateEndOffsets(Map.of(P0, 8L, P1, 0L));
        consumer.schedulePollTask(() -> {
            add(consumer, P0, 5, "{\"tokens\":[\"anna\"],\"data\":5}");
            add(consumer, P0, 6, "nonsense");
            add(consumer, P0, 7, "{\"tokens\":[\"anna\"],\"data\":7}");
        });
        consumer.schedulePollTask(() -> {
            add(consumer, P0, 8, "{\"tokens\":[\"anna\"],\"data\":8}");
            add(consumer, P0, 9, "nonsense");
            add(consumer, P0, 10, "{\"tokens\":[\"ben\"],\"data\":10}");
            add(consumer, P1, 0, "{\"tokens\":[\"anna\"],\"data\":\"p1\"}");
        });
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(anna.data()).containsExactlyInAnyOrder("8", "\"p1\""));
        assertThat(tail.waitingFor()).isEmpty();
        await().untilAsserted(
                        () -> assertThat(records("dispatched") + "/" + records("invalid") + "/" + records("offline"))
                                .isEqualTo("2.0/1.0/1.0"));
        assertThat(meters.get(Meters.RECORDS_CONSUMED.meter()).counter().count())
                .isEqualTo(4);
        assertThat(window.events()).isEqualTo(5);
    }

    /** The consumer dies before it is at the end: the next one begins again, or the window would have a hole. */
    @Test
    void refillThatBreaksOffBeginsAgain() {
        ScriptedConsumer first = consumer(1);
        first.starts(Map.of(P0, 0L));
        first.updateEndOffsets(Map.of(P0, 2L));
        first.schedulePollTask(() -> add(first, P0, 0, "{\"tokens\":[\"anna\"],\"data\":0}"));
        first.schedulePollTask(() -> first.setPollException(new KafkaException("broken")));
        ScriptedConsumer second = consumer(1);
        second.starts(Map.of(P0, 0L));
        second.updateEndOffsets(Map.of(P0, 2L));
        second.schedulePollTask(() -> {
            add(second, P0, 0, "{\"tokens\":[\"anna\"],\"data\":0}");
            add(second, P0, 1, "{\"tokens\":[\"anna\"],\"data\":1}");
        });
        consumers.addAll(List.of(first, second));
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        assertThat(window.events()).isEqualTo(2);
        assertThat(anna.data()).isEmpty();
    }

    @Test
    void recordsThatAreGoneBeforeTheyWereReadArePassedOver_andTheSessionsAreTold() {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 3L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        consumer.schedulePollTask(() -> {
            consumer.updateBeginningOffsets(Map.of(P0, 100L));
            consumer.updateEndOffsets(Map.of(P0, 100L));
            add(consumer, P0, 100, "{\"tokens\":[\"anna\"],\"data\":100}");
        });
        await().untilAsserted(() -> assertThat(anna.resyncs()).containsExactly(ResyncReason.LOST));
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("100"));
    }

    @Test
    void topicThatIsMadeAnewIsBegunFromTheStart_andTheSessionsAreTold() {
        ScriptedConsumer old = consumer(1);
        old.updateEndOffsets(Map.of(P0, 50L));
        ScriptedConsumer anew = consumer(1);
        anew.starts(Map.of(P0, 0L));
        anew.updateEndOffsets(Map.of(P0, 1L));
        anew.schedulePollTask(() -> add(anew, P0, 0, "{\"tokens\":[\"anna\"],\"data\":0}"));
        anew.schedulePollTask(() -> add(anew, P0, 1, "{\"tokens\":[\"anna\"],\"data\":1}"));
        consumers.addAll(List.of(old, anew));
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        identity.set(2);
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("1"));
        assertThat(anna.resyncs()).containsExactly(ResyncReason.TOPIC);
    }

    @Test
    void waitsForTheTopic_andSaysSo() {
        consumers.add(consumer(0));
        tail.start();
        await().untilAsserted(
                        () -> assertThat(tail.waitingFor()).isEqualTo("topic push.events on Kafka at broker:9092"));
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
    }

    /** The first consumer dies after offset 3; the second must go on at 4, though the end has moved to 6 meanwhile. */
    @Test
    void failedConsumerIsReplaced_andNothingIsSkippedOrRepeated() {
        ScriptedConsumer first = consumer(1);
        first.updateEndOffsets(Map.of(P0, 3L));
        first.schedulePollTask(() -> add(first, P0, 3, "{\"tokens\":[\"anna\"],\"data\":3}"));
        first.schedulePollTask(() -> first.setPollException(new KafkaException("broken")));
        ScriptedConsumer second = consumer(1);
        second.updateEndOffsets(Map.of(P0, 6L));
        second.schedulePollTask(() -> {
            add(second, P0, 3, "{\"tokens\":[\"anna\"],\"data\":3}");
            add(second, P0, 4, "{\"tokens\":[\"anna\"],\"data\":4}");
            add(second, P0, 5, "{\"tokens\":[\"anna\"],\"data\":5}");
        });
        consumers.addAll(List.of(first, second));
        tail.start();
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("3", "4", "5"));
        assertThat(first.closed()).isTrue();
    }

    @Test
    void newPartitionIsReadFromItsBeginning() {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        consumer.schedulePollTask(() -> consumer.updatePartitions(TOPIC, infos(2)));
        await().untilAsserted(() -> assertThat(consumer.assignment()).containsExactlyInAnyOrder(P0, P1));
        consumer.schedulePollTask(() -> add(consumer, P1, 0, "{\"tokens\":[\"anna\"],\"data\":\"new\"}"));
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("\"new\""));
    }

    private Consumer<byte[], byte[]> nextConsumer() {
        ScriptedConsumer next = consumers.poll();
        return next != null ? next : consumer(0);
    }

    private static ScriptedConsumer consumer(int partitions) {
        ScriptedConsumer consumer = new ScriptedConsumer();
        consumer.updatePartitions(TOPIC, infos(partitions));
        return consumer;
    }

    private static List<PartitionInfo> infos(int partitions) {
        Queue<PartitionInfo> infos = new ArrayDeque<>();
        for (int p = 0; p < partitions; p++) {
            infos.add(new PartitionInfo(TOPIC, p, null, null, null));
        }
        return List.copyOf(infos);
    }

    private static void add(ScriptedConsumer consumer, TopicPartition partition, long offset, String value) {
        if (consumer.position(partition) <= offset) {
            consumer.addRecord(new ConsumerRecord<>(TOPIC, partition.partition(), offset, null, value.getBytes(UTF_8)));
        }
    }

    /** Knows what Kafka's own mock does not: where a time is in the topic. By default, nowhere. */
    private static final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
        private final Map<TopicPartition, OffsetAndTimestamp> starts = new ConcurrentHashMap<>();

        ScriptedConsumer() {
            super("none");
        }

        void starts(Map<TopicPartition, Long> offsets) {
            offsets.forEach((partition, offset) -> starts.put(partition, new OffsetAndTimestamp(offset, 1)));
        }

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
            return starts;
        }
    }

    private double records(String outcome) {
        return meters.get(Meters.RECORDS.meter())
                .tag("outcome", outcome)
                .counter()
                .count();
    }
}
