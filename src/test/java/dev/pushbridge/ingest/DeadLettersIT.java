package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Outbound;
import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Broker;
import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import dev.pushbridge.testkit.Topic;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The dead letters on a real broker, with all of the bridge but its sockets. */
class DeadLettersIT {
    private static final String GOOD = "{\"tokens\":[\"anna\"],\"data\":\"good\"}";
    private static final int MAX_RECORD_BYTES = 64 * 1024;

    private final List<Node> nodes = new ArrayList<>();

    @AfterEach
    void stopNodes() {
        nodes.forEach(Node::close);
    }

    @Test
    void everyKindOfBadRecord_becomesADeadLetterAsItWas_andTheNextRecordIsPushed() throws Exception {
        Topic topic = Topic.create();
        Node node = start(topic);
        List<Sent> bad = new ArrayList<>();
        for (BadValue value : badValues()) {
            bad.add(sendBad(topic, bad.size(), value));
            topic.send(GOOD);
        }

        List<ConsumerRecord<byte[], byte[]>> letters = topic.awaitDeadLetters(bad.size());

        for (int i = 0; i < bad.size(); i++) {
            assertThat(letters.get(i)).satisfies(bad.get(i)::isTheRecordOf);
        }
        node.await(() -> {
            assertThat(node.session.frames()).hasSize(bad.size());
            assertThat(node.count(Meters.RECORDS, RecordOutcome.INVALID.word())).isEqualTo(bad.size());
        });
        node.await(() -> assertThat(topic.committed(topic.name())).isEqualTo(2L * bad.size()));
        for (InvalidReason reason : EnumSet.complementOf(EnumSet.of(InvalidReason.SCHEMA, InvalidReason.FAULT))) {
            assertThat(node.count(Meters.DEAD_LETTERS, reason.word()))
                    .as(reason.word())
                    .isPositive()
                    .isEqualTo(bad.stream()
                            .filter(sent -> sent.value.reason == reason)
                            .count());
        }
        assertThat(topic.deadLetters()).as("when all is committed").hasSize(bad.size());
        assertThat(topic.groups())
                .as("who has a place in the topic: the group, and not the tail")
                .containsExactly(topic.name());
    }

    @Test
    void detailAndHeadersOfOurs_neverShowATokenOrData() throws Exception {
        Topic topic = Topic.create();
        start(topic, "push.validation=full");
        topic.send("{\"tokens\":[\"secret-token\",true],\"data\":\"secret-data\"}");
        topic.send("{\"tokens\":[\"secret-token\"],\"data\":\"secret-data\",\"data\":1}");
        topic.send("{\"tokens\":\"secret-token\"}");
        topic.send("{\"tokens\":[\"secret-token\"],\"data\":\"secret-data");
        topic.send("{\"tokens\":[\"secret-token\"],\"type\":\"like\",\"data\":{\"actor\":\"secret-data\"}}");
        topic.send("{\"tokens\":[\"" + "secret-token".repeat(30) + "\"]}");

        for (ConsumerRecord<byte[], byte[]> letter : topic.awaitDeadLetters(6)) {
            for (String name : DeadLetter.HEADERS) {
                assertThat(text(letter, name)).isNotEmpty().doesNotContain("secret");
            }
        }
    }

    @Test
    void fullValidation_refusesWhatEnvelopePushes_onTheTailAndInTheGroup() {
        Topic topic = Topic.create();
        Node envelope = start(topic, "push.kafka.group=" + topic.name() + "-envelope");
        Node full = start(topic, "push.validation=full");
        topic.send("{\"tokens\":[\"anna\"],\"type\":\"like\",\"data\":\"no actor\"}");
        topic.send("{\"tokens\":[\"anna\"],\"type\":\"order\",\"data\":\"no schema\"}");

        assertThat(text(topic.awaitDeadLetters(1).get(0), DeadLetter.REASON)).isEqualTo("schema");
        envelope.await(() -> assertThat(envelope.session.frames()).hasSize(2));
        full.await(() -> {
            assertThat(full.session.frames()).hasSize(1);
            assertThat(full.count(Meters.RECORDS, RecordOutcome.INVALID.word())).isEqualTo(1);
        });
        assertThat(envelope.count(Meters.DEAD_LETTERS, InvalidReason.SCHEMA.word()))
                .isZero();
    }

    @Test
    void recordsFromBeforeTheGroup_areReadFromTheBeginning() {
        Topic topic = Topic.create();
        topic.send("bad");
        start(topic);

        topic.awaitDeadLetters(1);
    }

    @Test
    void letters_keepTheirPartition_whereTheDeadLetterTopicHasAsMany() {
        Topic topic = Topic.createWithoutDeadLetters(3);
        topic.createDeadLetters(3, 1 << 20);
        start(topic);
        for (int partition = 0; partition < 3; partition++) {
            topic.send(partition, "bad");
        }

        assertThat(topic.awaitDeadLetters(3))
                .allSatisfy(letter ->
                        assertThat(text(letter, DeadLetter.PARTITION)).isEqualTo(String.valueOf(letter.partition())));
    }

    @Test
    void twoNodes_shareTheWork_andWriteEachLetterOnce_alsoWhenOneLeaves() {
        Topic topic = Topic.create(4);
        Node first = start(topic);
        Node second = start(topic);
        first.await(() -> assertThat(Topic.workingMembers(topic.name())).isEqualTo(2));

        sendBad(topic, 0, 100);
        topic.awaitDeadLetters(100);
        first.await(() -> {
            assertThat(first.sum(Meters.DEAD_LETTERS)).isPositive();
            assertThat(second.sum(Meters.DEAD_LETTERS)).isPositive();
            assertThat(first.sum(Meters.DEAD_LETTERS) + second.sum(Meters.DEAD_LETTERS))
                    .isEqualTo(100);
        });

        sendBad(topic, 100, 150);
        second.close();
        sendBad(topic, 150, 200);
        first.await(() -> assertThat(topic.committed(topic.name())).isEqualTo(200));
        assertThat(places(topic.deadLetters()))
                .as("when all is committed")
                .hasSize(200)
                .doesNotHaveDuplicates();
    }

    @Test
    void missingDeadLetterTopic_holdsTheGroupAndNotThePushes_untilItIsCreated() {
        Topic topic = Topic.createWithoutDeadLetters(1);
        Node node = start(topic);
        topic.send(GOOD);
        sendBad(topic, 0, 3);
        topic.send(GOOD);
        sendBad(topic, 3, 5);

        node.await(() -> assertThat(node.health().getStatus()).isEqualTo(Status.DOWN));
        assertThat(node.health().getDetails().get("reason"))
                .asString()
                .startsWith(topic.name() + "-0@1 does not get into " + topic.deadLetterName() + ": Topic "
                        + topic.deadLetterName() + " not present in metadata");
        node.await(() -> assertThat(node.session.frames()).hasSize(2));
        node.await(() -> {
            assertThat(node.sum(Meters.DEAD_LETTER_FAILURES)).isGreaterThan(1);
            assertThat(node.held()).isPositive();
            assertThat(topic.committed(topic.name())).isEqualTo(1L);
        });

        topic.createDeadLetters(1, 1 << 20);

        assertThat(places(topic.awaitDeadLetters(5))).containsExactly("0@1", "0@2", "0@3", "0@5", "0@6");
        node.await(() -> {
            assertThat(node.health().getStatus()).isEqualTo(Status.UP);
            assertThat(node.held()).isZero();
            assertThat(topic.committed(topic.name())).isEqualTo(7L);
        });
        assertThat(topic.deadLetters()).as("when all is committed").hasSize(5);
    }

    @Test
    void letterTooLargeForItsTopic_holdsTheGroup_untilTheTopicTakesIt_andWhatIsBehindItIsNotDoubled() {
        Topic topic = Topic.createWithoutDeadLetters(1);
        topic.createDeadLetters(1, 10_000);
        Node node = start(topic);
        topic.send("x".repeat(20_000));
        sendBad(topic, 1, 4);

        node.await(() -> assertThat(node.health().getDetails().get("reason"))
                .asString()
                .endsWith("its value has 20000 bytes (expected: less than max.message.bytes of "
                        + topic.deadLetterName() + ", which may be raised)"));
        node.await(() -> {
            assertThat(node.sum(Meters.DEAD_LETTER_FAILURES)).isGreaterThan(1);
            assertThat(topic.deadLetters()).hasSizeLessThanOrEqualTo(3);
        });

        topic.limitDeadLetters(1 << 20);

        assertThat(places(topic.awaitDeadLetters(4))).containsExactlyInAnyOrder("0@0", "0@1", "0@2", "0@3");
        node.await(() -> assertThat(topic.committed(topic.name())).isEqualTo(4L));
        assertThat(topic.deadLetters()).hasSize(4);
    }

    /** The promise is "at least once": what was written behind a letter that was not is written again by the next node. */
    @Test
    void nodeThatEndsWhileHolding_leavesNothingOut_andMayDoubleWhatItWroteBehindTheHold() {
        Topic topic = Topic.createWithoutDeadLetters(1);
        topic.createDeadLetters(1, 10_000);
        sendBad(topic, 0, 1);
        topic.send("x".repeat(20_000));
        sendBad(topic, 2, 4);
        Node first = start(topic);
        first.await(() -> {
            assertThat(first.health().getStatus()).isEqualTo(Status.DOWN);
            assertThat(places(topic.deadLetters())).containsExactly("0@0", "0@2", "0@3");
        });
        first.close();
        topic.limitDeadLetters(1 << 20);

        start(topic);

        assertThat(places(topic.awaitDeadLetters(6))).containsExactly("0@0", "0@2", "0@3", "0@1", "0@2", "0@3");
    }

    /** Nothing of the partition comes again that would tell; another one goes on. */
    @Test
    void heldRecordThatTheTopicDrops_isHeldNoLonger_whenOthersCome() {
        Topic topic = Topic.createWithoutDeadLetters(2);
        Node node = start(topic);
        topic.send(0, "bad");
        node.await(() -> assertThat(node.health().getStatus()).isEqualTo(Status.DOWN));

        topic.dropRecords();

        node.await(() -> {
            topic.send(1, GOOD);
            assertThat(node.health().getStatus()).isEqualTo(Status.UP);
        });
        assertThat(node.sum(Meters.DEAD_LETTERS_LOST)).isEqualTo(1);
        assertThat(node.held()).isZero();
    }

    /** Not an exception: what the JVM itself fails at, in the poll of the group's consumer and in that of the tail. */
    @Test
    void errorOfTheJvmEndsAConsumer_andAnotherOneGoesOn() {
        Topic topic = Topic.create();
        Node node =
                start(topic, "spring.kafka.consumer.properties[interceptor.classes]=" + FailsAtFirst.class.getName());
        try (Logs logs = Logs.taken()) {
            topic.send("bad");
            topic.send(GOOD);

            assertThat(places(topic.awaitDeadLetters(1))).containsExactly("0@0");
            node.await(() -> assertThat(node.session.frames()).hasSize(1));
            node.await(() -> assertThat(topic.committed(topic.name())).isEqualTo(2L));
            assertThat(logs.lines())
                    .contains("The dead letters' consumer has ended, and another one is begun")
                    .anyMatch(line -> line.startsWith("Waiting for Kafka at "));
        }
        node.await(() -> assertThat(node.health().getStatus()).isEqualTo(Status.UP));
    }

    @Test
    void publisher_writesToTheTopic_andSaysWhenItCannot() {
        Topic topic = Topic.create();
        Node node = start(topic);

        assertThat(node.publisher().publish("anna", GOOD.getBytes(UTF_8))).succeedsWithin(Duration.ofSeconds(10));
        node.await(() -> assertThat(node.session.frames()).hasSize(1));

        Node nowhere = add(topic, "push.kafka.topic=" + topic.name() + "-missing");
        assertThat(nowhere.publisher().publish("anna", GOOD.getBytes(UTF_8)))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PublishFailedException.class)
                .withMessageStartingWith("topic " + topic.name() + "-missing did not take the record: ");
    }

    private Node start(Topic topic, String... properties) {
        return add(topic, properties).awaitTail();
    }

    private Node add(Topic topic, String... properties) {
        Node node = new Node(topic, properties);
        nodes.add(node);
        return node;
    }

    /** The examples that the contract publishes, and those that no file can show. */
    private static List<BadValue> badValues() throws IOException {
        List<BadValue> values = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("schemas/examples/invalid"))) {
            for (Path file : files.sorted().toList()) {
                String word = file.getFileName().toString().split("--", 2)[0];
                for (InvalidReason reason :
                        EnumSet.complementOf(EnumSet.of(InvalidReason.SCHEMA, InvalidReason.FAULT))) {
                    if (reason.word().equals(word)) {
                        values.add(new BadValue(reason, Files.readAllBytes(file)));
                    }
                }
            }
        }
        values.add(new BadValue(InvalidReason.TOMBSTONE, null));
        values.add(new BadValue(InvalidReason.NOT_UTF8, "{\"tokens\":[\"1\"]}".getBytes(UTF_16)));
        values.add(new BadValue(
                InvalidReason.TOO_LARGE,
                ("{\"tokens\":[\"1\"],\"data\":\"" + "x".repeat(MAX_RECORD_BYTES) + "\"}").getBytes(UTF_8)));
        values.add(new BadValue(InvalidReason.TOKENS, ("{\"tokens\":[" + "1,".repeat(10_000) + "1]}").getBytes(UTF_8)));
        return values;
    }

    private static Sent sendBad(Topic topic, int number, BadValue value) {
        List<Header> headers = List.of(
                new RecordHeader("trace", new byte[] {(byte) 0xfe, (byte) number}),
                new RecordHeader(DeadLetter.REASON, "the producer's own".getBytes(UTF_8)),
                new RecordHeader("nothing", (byte[]) null));
        String key = number % 2 == 0 ? null : "key " + number;
        RecordMetadata place =
                topic.send(key == null ? null : key.getBytes(UTF_8), value.bytes, headers.toArray(Header[]::new));
        return new Sent(value, key, headers, place);
    }

    private static void sendBad(Topic topic, int from, int to) {
        IntStream.range(from, to).forEach(i -> topic.send(("key " + i).getBytes(UTF_8), ("bad " + i).getBytes(UTF_8)));
    }

    private static List<String> places(List<ConsumerRecord<byte[], byte[]>> letters) {
        return letters.stream()
                .map(letter -> text(letter, DeadLetter.PARTITION) + "@" + text(letter, DeadLetter.OFFSET))
                .toList();
    }

    private static String text(ConsumerRecord<byte[], byte[]> letter, String header) {
        return new String(letter.headers().lastHeader(header).value(), UTF_8);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record BadValue(InvalidReason reason, byte @Nullable [] bytes) {}

    /** A bad record as it went out. */
    private record Sent(BadValue value, @Nullable String key, List<Header> headers, RecordMetadata place) {
        void isTheRecordOf(ConsumerRecord<byte[], byte[]> letter) {
            assertThat(letter.value()).isEqualTo(value.bytes);
            assertThat(letter.key()).isEqualTo(key == null ? null : key.getBytes(UTF_8));
            assertThat(letter.headers().toArray()).startsWith(headers.toArray(Header[]::new));
            assertThat(letter.headers().toArray()).hasSize(headers.size() + DeadLetter.HEADERS.size());
            assertThat(text(letter, DeadLetter.REASON)).isEqualTo(value.reason.word());
            assertThat(text(letter, DeadLetter.DETAIL)).contains("(expected: ");
            assertThat(text(letter, DeadLetter.TOPIC)).isEqualTo(place.topic());
            assertThat(text(letter, DeadLetter.PARTITION)).isEqualTo(String.valueOf(place.partition()));
            assertThat(text(letter, DeadLetter.OFFSET)).isEqualTo(String.valueOf(place.offset()));
            assertThat(text(letter, DeadLetter.TIMESTAMP)).isEqualTo(String.valueOf(place.timestamp()));
        }
    }

    /** A bridge without sockets, and one session of anna's. */
    private static final class Node implements AutoCloseable {
        final Tab session = new Tab("s1");
        private final ConfigurableApplicationContext context;

        Node(Topic topic, String... properties) {
            Map<String, String> all = new LinkedHashMap<>();
            all.put("spring.kafka.bootstrap-servers", Broker.servers());
            all.put("push.kafka.topic", topic.name());
            all.put("push.kafka.dead-letter-topic", topic.deadLetterName());
            all.put("push.kafka.group", topic.name());
            all.put("push.kafka.group-fetch-wait", "100ms");
            all.put("push.kafka.partition-check-interval", "1s");
            all.put("push.kafka.max-record-size", MAX_RECORD_BYTES + "B");
            for (String property : properties) {
                String[] nameAndValue = property.split("=", 2);
                all.put(nameAndValue[0], nameAndValue[1]);
            }
            context = new SpringApplicationBuilder(Slice.class)
                    .web(WebApplicationType.NONE)
                    .registerShutdownHook(false)
                    .run(all.entrySet().stream().map(one -> "--" + one).toArray(String[]::new));
            context.getBean(SessionRegistry.class).login(session, new Login("anna", null, Instant.EPOCH));
        }

        /** Waits until the tail has found the end of the topic, from where on it pushes. */
        Node awaitTail() {
            await(() ->
                    assertThat(context.getBean(TopicTail.class).waitingFor()).isEmpty());
            return this;
        }

        Health health() {
            return context.getBean(DeadLetterHealth.class).health();
        }

        EventPublisher publisher() {
            return context.getBean(EventPublisher.class);
        }

        long count(Meters meter, String value) {
            return (long) meters().get(meter.meter())
                    .tag(meter.tag(), value)
                    .counter()
                    .count();
        }

        long sum(Meters meter) {
            return (long) meters().get(meter.meter()).counters().stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        long held() {
            return (long) meters().get(Meters.DEAD_LETTERS_HELD.meter()).gauge().value();
        }

        void await(ThrowingRunnable assertion) {
            ConditionFactory patience =
                    Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(100));
            patience.untilAsserted(assertion);
        }

        private MeterRegistry meters() {
            return context.getBean(MeterRegistry.class);
        }

        @Override
        public void close() {
            context.close();
        }
    }

    /** Each kind of consumer fails once, at the first records that it gets, as if a class were missing. */
    public static final class FailsAtFirst implements ConsumerInterceptor<byte[], byte[]> {
        private static final Set<Object> FAILED = ConcurrentHashMap.newKeySet();

        private Object client = "";

        @Override
        public void configure(Map<String, ?> configs) {
            client = String.valueOf(configs.get(ConsumerConfig.CLIENT_ID_CONFIG));
        }

        @Override
        public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
            if (!records.isEmpty() && FAILED.add(client)) {
                throw new NoClassDefFoundError("on purpose");
            }
            return records;
        }

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

        @Override
        public void close() {}
    }

    /** Not a component: the application's scan must not find it. */
    @ImportAutoConfiguration(KafkaAutoConfiguration.class)
    @EnableConfigurationProperties(PushSettings.class)
    @Import({
        TailConfiguration.class,
        DeadLetterConfiguration.class,
        PublisherConfiguration.class,
        Journeys.class,
        PushMetrics.class,
        SessionRegistry.class,
        Dispatcher.class
    })
    static final class Slice {
        @Bean
        MeterRegistry meterRegistry() {
            return new SimpleMeterRegistry();
        }

        @Bean
        Outbound outbound() {
            return new Nowhere();
        }

        @Bean
        ReplayWindow replayWindow() {
            return new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 1 << 20);
        }

        @Bean
        ResumeSettings resumeSettings(PushSettings settings) {
            return settings.resume();
        }

        @Bean
        Receipts receipts() {
            return Receipts.UNHEARD;
        }
    }
}
