package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Logins;
import dev.pushbridge.delivery.Outbound;
import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.KafkaSettings;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Tab;
import dev.pushbridge.testkit.Unspeakable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.util.unit.DataSize;

class TopicTailTest {
    private static final String TOPIC = "push.events";
    private static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(TOPIC, 1);
    private static final Duration LOOK_BACK = Duration.ofMinutes(2);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final ReplayWindow window = new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 1 << 20);
    private final Tab anna = new Tab("s1");
    private final Queue<ScriptedConsumer> consumers = new ConcurrentLinkedQueue<>();
    private final Inquiry inquiry = new Inquiry();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private volatile boolean isFaulty;
    /** Whether the first flush after a fault fails too. */
    private final AtomicBoolean failsAtFlush = new AtomicBoolean();

    private volatile RuntimeException fault = new IllegalStateException("a fault on purpose");
    private final Dispatcher dispatcher = new Dispatcher(
            registry,
            window,
            new FailingOutbound(),
            new PushMetrics(meters),
            new ResumeSettings(true, List.of(), Duration.ofHours(1)),
            new FailingReceipts());
    private final TopicTail tail = new TopicTail(
            this::nextConsumer,
            () -> inquiry,
            "broker:9092",
            new KafkaSettings(
                    TOPIC, null, "push-bridge", DataSize.ofKilobytes(1), Duration.ofMillis(10), Duration.ofSeconds(1)),
            LOOK_BACK,
            EventReader.ofEnvelope(new EventDecoder(DataSize.ofKilobytes(1))),
            dispatcher,
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

    @Test
    void startReadsEveryPartitionFromTheTimeToLookBackTo() {
        ScriptedConsumer consumer = consumer(2);
        consumer.updateEndOffsets(Map.of(P0, 0L, P1, 0L));
        consumers.add(consumer);
        long before = System.currentTimeMillis();
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        assertThat(consumer.askedFor)
                .containsOnlyKeys(P0, P1)
                .allSatisfy((partition, time) ->
                        assertThat(time + LOOK_BACK.toMillis()).isBetween(before, System.currentTimeMillis()));
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

    /** The leader that the tail read from had records that its successor never got, in whose places it has others. */
    @Test
    void recordsThatAnotherLeaderHasInstead_areRead_andTheSessionsAreTold() {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 10L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        consumer.schedulePollTask(() -> {
            consumer.updateBeginningOffsets(Map.of(P0, 0L));
            consumer.updateEndOffsets(Map.of(P0, 12L));
            consumer.setPollException(
                    new LogTruncationException(Map.of(P0, 10L), Map.of(P0, new OffsetAndMetadata(7))));
        });
        await().untilAsserted(() -> assertThat(anna.resyncs()).containsExactly(ResyncReason.LOST));
        consumer.schedulePollTask(() -> {
            add(consumer, P0, 7, "{\"tokens\":[\"anna\"],\"data\":7}");
            add(consumer, P0, 10, "{\"tokens\":[\"anna\"],\"data\":10}");
        });
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("7", "10"));
        assertThat(consumer.closed()).isFalse();
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
        inquiry.identity = 2;
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

    /** Not an exception: what the JVM itself fails at. */
    @Test
    void errorOfTheJvmEndsTheConsumerAndNotTheTail() {
        ScriptedConsumer first = consumer(1);
        first.updateEndOffsets(Map.of(P0, 3L));
        first.schedulePollTask(() -> add(first, P0, 3, "{\"tokens\":[\"anna\"],\"data\":3}"));
        first.schedulePollTask(() -> {
            throw new NoClassDefFoundError("on purpose");
        });
        ScriptedConsumer second = consumer(1);
        second.schedulePollTask(() -> add(second, P0, 4, "{\"tokens\":[\"anna\"],\"data\":4}"));
        consumers.addAll(List.of(first, second));
        try (Logs logs = Logs.taken()) {
            tail.start();
            await().untilAsserted(() -> assertThat(anna.data()).containsExactly("3", "4"));
            assertThat(logs.lines())
                    .contains(
                            "Waiting for Kafka at broker:9092: on purpose",
                            "java.lang.NoClassDefFoundError: on purpose");
        }
        assertThat(tail.waitingFor()).isEmpty();
        assertThat(tail.isRunning()).isTrue();
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

    /** The broker that the second consumer asks first is behind, and shows it one partition of the two. */
    @Test
    void partitionThatAReplacedConsumerDoesNotSeeAtOnceGoesOnWhereItWas() {
        ScriptedConsumer first = consumer(2);
        first.updateEndOffsets(Map.of(P0, 0L, P1, 0L));
        first.schedulePollTask(() -> add(first, P1, 0, "{\"tokens\":[\"anna\"],\"data\":0}"));
        first.schedulePollTask(() -> first.setPollException(new KafkaException("broken")));
        ScriptedConsumer second = consumer(1);
        second.schedulePollTask(() -> second.updatePartitions(TOPIC, infos(2)));
        consumers.addAll(List.of(first, second));
        tail.start();
        await().untilAsserted(() -> assertThat(second.assignment()).containsExactlyInAnyOrder(P0, P1));
        second.schedulePollTask(() -> {
            add(second, P1, 0, "{\"tokens\":[\"anna\"],\"data\":0}");
            add(second, P1, 1, "{\"tokens\":[\"anna\"],\"data\":1}");
        });
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("0", "1"));
    }

    /** The one in the middle throws when it is with anna: the next one comes all the same, by the same consumer. */
    @Test
    void eventThatTheBridgeFailsAtIsCountedAndToldOf_andTheNextOneIsPushed() {
        Tab ben = new Tab("s2");
        registry.login(ben, new Login("ben", null, Instant.EPOCH));
        failing.add("0@4");
        ScriptedConsumer consumer = bringing(
                3,
                "{\"tokens\":[\"anna\"],\"data\":3}",
                "{\"tokens\":[\"anna\"],\"data\":4}",
                "{\"tokens\":[\"anna\",\"ben\"],\"data\":5}");
        try (Logs logs = Logs.taken()) {
            tail.start();
            await().untilAsserted(() -> assertThat(anna.data()).contains("3", "5"));
            assertThat(logs.lines()).anyMatch(line -> line.startsWith("Failed at push.events-0@4"));
        }
        await().untilAsserted(() ->
                assertThat(records("dispatched") + "/" + records("failed")).isEqualTo("2.0/1.0"));
        assertThat(anna.resyncs()).containsExactly(ResyncReason.FAILED);
        assertThat(ben.data()).containsExactly("5");
        assertThat(ben.resyncs()).isEmpty();
        assertThat(meters.get(Meters.RECORDS_CONSUMED.meter()).counter().count())
                .isEqualTo(3);
        assertThat(window.gapAfter(Cursor.of("AQAAAAEBCA")))
                .as("who comes back from 0@4")
                .isEqualTo(ResyncReason.EXPIRED);
        assertThat(window.gapAfter(Cursor.of("AQAAAAEBCg"))).as("from 0@5").isNull();
        assertThat(consumer.closed()).isFalse();
    }

    /** What it fails at cannot even be logged, as when the memory is full; what it is told by comes to it all the same. */
    @Test
    void faultThatCannotBeLoggedIsCountedAndToldOfAllTheSame() {
        fault = new Unspeakable();
        ScriptedConsumer consumer = failingAtTheFirstOfTwo();

        tail.start();

        await().untilAsserted(() -> assertThat(anna.data()).contains("5"));
        assertThat(anna.resyncs()).containsExactly(ResyncReason.FAILED);
        await().untilAsserted(() ->
                assertThat(records("dispatched") + "/" + records("failed")).isEqualTo("1.0/1.0"));
        assertThat(consumer.closed()).isFalse();
    }

    /** Who is to have the event cannot be told, for that fails too. */
    @Test
    void everybodyIsToldOfAnEventWhoseRecipientsCannotBeTold() {
        Tab ben = new Tab("s2");
        registry.login(ben, new Login("ben", null, Instant.EPOCH));
        failsAtFlush.set(true);
        ScriptedConsumer consumer = failingAtTheFirstOfTwo();
        try (Logs logs = Logs.taken()) {
            tail.start();

            await().untilAsserted(() -> assertThat(anna.data()).contains("5"));
            assertThat(logs.lines())
                    .anyMatch(line -> line.startsWith("Failed at push.events-0@4"))
                    .anyMatch(line -> line.contains("Suppressed: java.lang.NoClassDefFoundError: on purpose"));
        }
        assertThat(anna.resyncs()).containsExactly(ResyncReason.LOST);
        assertThat(ben.resyncs()).containsExactly(ResyncReason.LOST);
        await().untilAsserted(() ->
                assertThat(records("dispatched") + "/" + records("failed")).isEqualTo("1.0/1.0"));
        assertThat(consumer.closed()).isFalse();
    }

    @Test
    void eventThatTheBridgeFailsAtDoesNotHoldUpTheStart_andIsNoSilentHole() {
        ScriptedConsumer consumer = consumer(1);
        consumer.starts(Map.of(P0, 0L));
        consumer.updateEndOffsets(Map.of(P0, 2L));
        consumer.schedulePollTask(() -> {
            consumer.addRecord(new FailingOnce(P0, 0, "{\"tokens\":[\"anna\"],\"data\":0}"));
            add(consumer, P0, 1, "{\"tokens\":[\"anna\"],\"data\":1}");
        });
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        assertThat(window.events()).isEqualTo(1);
        assertThat(window.gapAfter(Cursor.of("AQAAAAEBAA"))).as("from 0@0").isEqualTo(ResyncReason.EXPIRED);
        assertThat(window.gapAfter(Cursor.of("AQAAAAEBAg"))).as("from 0@1").isNull();
    }

    /** It is asked which topic this is, and for its ends, and never answers. */
    @Test
    void brokerThatIsSlowToAnswerHoldsUpNoPush() {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        inquiry.isSilent = true;
        await().until(() -> inquiry.unanswered.get() > 0);
        for (int offset = 0; offset < 3; offset++) {
            int next = offset;
            consumer.schedulePollTask(() -> add(consumer, P0, next, "{\"tokens\":[\"anna\"],\"data\":" + next + "}"));
        }
        await().untilAsserted(() -> assertThat(anna.data()).containsExactly("0", "1", "2"));
        assertThat(inquiry.unanswered).hasValue(1);
        assertThat(consumer.closed()).isFalse();
        assertThat(tail.waitingFor()).isEmpty();
    }

    /** A client is further than this node, if it is to be believed; how far the topic is, the broker does not say. */
    @Test
    void brokerThatDoesNotTellTheEndsOfTheTopicHoldsUpNoPush_andIsAskedAgainWhenThatHasFailed() {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, 0L));
        consumers.add(consumer);
        tail.start();
        await().untilAsserted(() -> assertThat(tail.waitingFor()).isEmpty());
        inquiry.isSilent = true;
        Answer first = new Answer();
        Answer second = new Answer();
        Cursor ahead = Cursor.of("AQAAAAEBZA"); // 0@50
        try (Logins logins = new Logins(dispatcher, registry, 0, Duration.ofMillis(500))) {
            logins.login(new Tab("s2"), new Login("ben", null, Instant.EPOCH), ahead, first);
            await().until(() -> !inquiry.ends.isEmpty());
            for (int offset = 0; offset < 3; offset++) {
                int next = offset;
                consumer.schedulePollTask(
                        () -> add(consumer, P0, next, "{\"tokens\":[\"anna\"],\"data\":" + next + "}"));
            }
            await().untilAsserted(() -> assertThat(anna.data()).containsExactly("0", "1", "2"));
            await().until(() -> first.tooEarly);
            assertThat(inquiry.ends).as("questions that are open").hasSize(1);

            inquiry.isSilent = false;
            inquiry.ends.remove().completeExceptionally(new TimeoutException("no answer within 5 s"));
            logins.login(new Tab("s3"), new Login("ben", null, Instant.EPOCH), ahead, second);
            await().untilAsserted(() -> assertThat(second.resync).isEqualTo(ResyncReason.AHEAD));
        }
        assertThat(consumer.closed()).isFalse();
        assertThat(tail.waitingFor()).isEmpty();
    }

    /** Two events for anna come by it: the bridge fails at the first one. */
    private ScriptedConsumer failingAtTheFirstOfTwo() {
        failing.add("0@4");
        return bringing(4, "{\"tokens\":[\"anna\"],\"data\":4}", "{\"tokens\":[\"anna\"],\"data\":5}");
    }

    /** The next consumer: reads these records of the first partition, from this offset on, once it tails. */
    private ScriptedConsumer bringing(long first, String... records) {
        ScriptedConsumer consumer = consumer(1);
        consumer.updateEndOffsets(Map.of(P0, first));
        consumer.schedulePollTask(() -> {
            for (int i = 0; i < records.length; i++) {
                add(consumer, P0, first + i, records[i]);
            }
        });
        consumers.add(consumer);
        return consumer;
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

    /** A broker that can be slow to answer. */
    private static final class Inquiry implements TopicInquiry {
        private final AtomicInteger unanswered = new AtomicInteger();
        /** Of those about the topic's ends, the ones that are not answered. */
        private final Queue<CompletableFuture<?>> ends = new ConcurrentLinkedQueue<>();

        private volatile int identity = 1;
        private volatile boolean isSilent;

        @Override
        public CompletableFuture<Integer> identity(String topic) {
            return answer(identity);
        }

        @Override
        public CompletableFuture<long[]> ends(String topic, int partitions) {
            CompletableFuture<long[]> answer = answer(new long[partitions]);
            if (!answer.isDone()) {
                ends.add(answer);
            }
            return answer;
        }

        private <T> CompletableFuture<T> answer(T value) {
            if (isSilent) {
                unanswered.incrementAndGet();
                return new CompletableFuture<>();
            }
            return CompletableFuture.completedFuture(value);
        }
    }

    /** What came of a login. */
    private static final class Answer implements Logins.LoginAnswer {
        private volatile boolean tooEarly;
        private volatile @Nullable ResyncReason resync;

        @Override
        public void loggedIn(Logins.LoggedIn login) {
            resync = login.resync();
        }

        @Override
        public void tooMany(int limit) {}

        @Override
        public void tooEarly() {
            tooEarly = true;
        }
    }

    /** Leads nowhere. */
    private final class FailingOutbound implements Outbound {
        @Override
        public void flush() {
            if (isFaulty && failsAtFlush.getAndSet(false)) {
                throw new NoClassDefFoundError("on purpose");
            }
        }

        @Override
        public void fence() {}

        @Override
        public void reached(Position position) {}
    }

    private final class FailingReceipts implements Receipts {
        @Override
        public boolean wantsAcknowledgements() {
            return false;
        }

        @Override
        public void handed(int partition, long offset, String token) {
            if (failing.contains(partition + "@" + offset)) {
                isFaulty = true;
                throw fault;
            }
        }

        @Override
        public void acknowledged(int partition, long offset, String token) {}

        @Override
        public void repeated(int partition, long offset) {}
    }

    /** Fails whoever asks first when it was made. */
    private static final class FailingOnce extends ConsumerRecord<byte[], byte[]> {
        private final AtomicInteger asked = new AtomicInteger();

        FailingOnce(TopicPartition partition, long offset, String value) {
            super(partition.topic(), partition.partition(), offset, null, value.getBytes(UTF_8));
        }

        @Override
        public long timestamp() {
            if (asked.getAndIncrement() == 0) {
                throw new IllegalStateException("a fault on purpose");
            }
            return super.timestamp();
        }
    }

    /** Knows what Kafka's own mock does not: where a time is in the topic. By default, nowhere. */
    private static final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
        private final Map<TopicPartition, OffsetAndTimestamp> starts = new ConcurrentHashMap<>();
        private final Map<TopicPartition, Long> askedFor = new ConcurrentHashMap<>();

        ScriptedConsumer() {
            super("none");
        }

        void starts(Map<TopicPartition, Long> offsets) {
            offsets.forEach((partition, offset) -> starts.put(partition, new OffsetAndTimestamp(offset, 1)));
        }

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
            askedFor.putAll(times);
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
