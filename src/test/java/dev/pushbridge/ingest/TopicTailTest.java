package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.KafkaSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class TopicTailTest {
    private static final String TOPIC = "push.events";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(TOPIC, 1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final Queue<MockConsumer<byte[], byte[]>> consumers = new ConcurrentLinkedQueue<>();
    private final TopicTail tail = new TopicTail(
            this::nextConsumer,
            "broker:9092",
            new KafkaSettings(
                    TOPIC, null, "push-bridge", DataSize.ofKilobytes(1), Duration.ofMillis(10), Duration.ofSeconds(1)),
            EventReader.ofEnvelope(new EventDecoder(DataSize.ofKilobytes(1))),
            new Dispatcher(registry, () -> {}, new PushMetrics(meters)),
            new PushMetrics(meters));

    @AfterEach
    void stop() {
        tail.stop();
        assertThat(tail.isRunning()).isFalse();
    }

    @Test
    void startsAtTheEnd_badRecordHarmsNobody() {
        login("anna");
        MockConsumer<byte[], byte[]> consumer = consumer(2);
        consumer.updateEndOffsets(Map.of(P0, 7L, P1, 0L));
        // What lies before the end is not pushed; what comes after it is.
        consumer.schedulePollTask(() -> {
            add(consumer, P0, 7, "{\"tokens\":[\"anna\"],\"data\":1}");
            add(consumer, P0, 8, "nonsense");
            add(consumer, P0, 9, "{\"tokens\":[\"ben\"],\"data\":2}");
            add(consumer, P1, 0, "{\"tokens\":[\"anna\"],\"data\":3}");
        });
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(received).containsExactlyInAnyOrder("1", "3"));
        assertThat(tail.waitingFor()).isEmpty();
        await().untilAsserted(
                        () -> assertThat(records("dispatched") + "/" + records("invalid") + "/" + records("offline"))
                                .isEqualTo("2.0/1.0/1.0"));
        assertThat(meters.get(Meters.RECORDS_CONSUMED.meter()).counter().count())
                .isEqualTo(4);
    }

    @Test
    void waitsForTheTopic_andSaysSo() {
        consumers.add(consumer(0));
        tail.start();
        await().untilAsserted(
                        () -> assertThat(tail.waitingFor()).isEqualTo("topic push.events on Kafka at broker:9092"));
        MockConsumer<byte[], byte[]> consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
    }

    /** The first consumer dies after offset 3; the second must go on at 4, though the end has moved to 6 meanwhile. */
    @Test
    void failedConsumerIsReplaced_andNothingIsSkippedOrRepeated() {
        login("anna");
        MockConsumer<byte[], byte[]> first = consumer(1);
        first.updateEndOffsets(Map.of(P0, 3L));
        first.schedulePollTask(() -> add(first, P0, 3, "{\"tokens\":[\"anna\"],\"data\":3}"));
        first.schedulePollTask(() -> first.setPollException(new KafkaException("broken")));
        MockConsumer<byte[], byte[]> second = consumer(1);
        second.updateEndOffsets(Map.of(P0, 6L));
        second.schedulePollTask(() -> {
            add(second, P0, 3, "{\"tokens\":[\"anna\"],\"data\":3}");
            add(second, P0, 4, "{\"tokens\":[\"anna\"],\"data\":4}");
            add(second, P0, 5, "{\"tokens\":[\"anna\"],\"data\":5}");
        });
        consumers.addAll(List.of(first, second));
        tail.start();
        await().untilAsserted(() -> assertThat(received).containsExactly("3", "4", "5"));
        assertThat(first.closed()).isTrue();
    }

    @Test
    void newPartitionIsReadFromItsBeginning() {
        login("anna");
        MockConsumer<byte[], byte[]> consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        consumer.schedulePollTask(() -> consumer.updatePartitions(TOPIC, infos(2)));
        await().untilAsserted(() -> assertThat(consumer.assignment()).containsExactlyInAnyOrder(P0, P1));
        consumer.schedulePollTask(() -> add(consumer, P1, 0, "{\"tokens\":[\"anna\"],\"data\":\"new\"}"));
        await().untilAsserted(() -> assertThat(received).containsExactly("\"new\""));
    }

    private Consumer<byte[], byte[]> nextConsumer() {
        MockConsumer<byte[], byte[]> next = consumers.poll();
        return next != null ? next : consumer(0);
    }

    private static MockConsumer<byte[], byte[]> consumer(int partitions) {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
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

    private static void add(
            MockConsumer<byte[], byte[]> consumer, TopicPartition partition, long offset, String value) {
        if (consumer.position(partition) <= offset) {
            consumer.addRecord(new ConsumerRecord<>(TOPIC, partition.partition(), offset, null, value.getBytes(UTF_8)));
        }
    }

    private void login(String token) {
        registry.login(
                new Session() {
                    @Override
                    public String id() {
                        return "s1";
                    }

                    @Override
                    public void send(Frame frame) {
                        String packet = new String(frame.packet(), UTF_8);
                        received.add(packet.substring(packet.indexOf("\"data\":") + 7, packet.length() - 2));
                    }

                    @Override
                    public void end(SessionEnd end) {
                        throw new AssertionError("nobody ends this");
                    }
                },
                new Login(token, null, Instant.EPOCH));
    }

    private double records(String outcome) {
        return meters.get(Meters.RECORDS.meter())
                .tag("outcome", outcome)
                .counter()
                .count();
    }
}
