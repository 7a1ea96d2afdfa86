package dev.pushbridge.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** The topic of events and that of the dead letters, on a broker in a process of its own, and the one who produces. */
final class Events implements AutoCloseable {
    private static final String TOPIC = "push.events";
    private static final String DEAD_LETTERS = "push.events-dlt";
    private static final String GROUP = "push-bridge";
    private static final int PATIENCE_SECONDS = 60;
    private static final int LARGEST_DEAD_LETTER = 1 << 20;

    private final BrokerProcess broker;
    private final Map<String, Object> servers;
    private final Producer<String, String> producer;
    private final Queue<Future<RecordMetadata>> sent = new ConcurrentLinkedQueue<>();
    private final Queue<Future<RecordMetadata>> bad = new ConcurrentLinkedQueue<>();

    /** Where a record is in the topic. */
    record Place(int partition, long offset) {}

    private Events(BrokerProcess broker) {
        this.broker = broker;
        servers = Map.of("bootstrap.servers", broker.address(), "reconnect.backoff.max.ms", 500);
        Map<String, Object> producing = new HashMap<>(servers);
        producing.put("acks", "all");
        producing.put("enable.idempotence", true);
        producing.put("linger.ms", 0);
        producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer());
    }

    /** Starts the broker and creates the topics. */
    static Events start(String name) {
        BrokerProcess broker = new BrokerProcess(name + "-broker");
        broker.start();
        Events events = new Events(broker);
        events.createTopics();
        return events;
    }

    BrokerProcess broker() {
        return broker;
    }

    /** Returns at once. */
    void publish(int partition, String record) {
        sent.add(producer.send(new ProducerRecord<>(TOPIC, partition, null, record)));
    }

    /** Returns at once. */
    void publishBad(int partition, String record) {
        bad.add(producer.send(new ProducerRecord<>(TOPIC, partition, null, record)));
    }

    /** Waits until the broker has everything, and fails where it did not take one. */
    void flush() {
        for (Future<RecordMetadata> each = sent.poll(); each != null; each = sent.poll()) {
            within60s(each);
        }
    }

    /** The place of every bad record that was sent so far. */
    List<Place> badRecords() {
        return bad.stream()
                .map(Events::within60s)
                .map(record -> new Place(record.partition(), record.offset()))
                .toList();
    }

    /** Waits until all these nodes are in the group that writes dead letters, and have shared it out. */
    void awaitGroup(int nodes) {
        Awaitility.await("a group of " + nodes)
                .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .untilAsserted(() -> {
                    ConsumerGroupDescription group = requireNonNull(asked(admin ->
                                    admin.describeConsumerGroups(List.of(GROUP)).all())
                            .get(GROUP));
                    assertThat(group.groupState()).as("%s", group).isEqualTo(GroupState.STABLE);
                    assertThat(group.members()).hasSize(nodes);
                });
    }

    /**
     * The places that the dead letters name when all that there are have been written: what comes behind them in each
     * partition has its dead letter too, and so would have what was written twice.
     */
    List<Place> settledDeadLetters() {
        List<Place> before = badRecords();
        for (int partition = 0; partition < Cluster.PARTITIONS; partition++) {
            publishBad(partition, "the last bad record");
        }
        List<Place> last = new ArrayList<>(badRecords());
        last.removeAll(before);
        awaitDeadLetters(last);
        return deadLetters();
    }

    /** Waits until each of these has a dead letter, or more. */
    void awaitDeadLetters(List<Place> bad) {
        Awaitility.await("dead letters")
                .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(new HashSet<>(deadLetters())).containsAll(bad));
    }

    /** The places that the dead letters of now name, as often as they name them. */
    List<Place> deadLetters() {
        List<TopicPartition> letters = List.of(new TopicPartition(DEAD_LETTERS, 0));
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(servers, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(letters);
            consumer.seekToBeginning(letters);
            long end = consumer.endOffsets(letters).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            List<Place> places = new ArrayList<>();
            while (consumer.position(letters.get(0)) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(letter -> {
                    if (letter.headers().lastHeader("push-dlt-offset") != null) { // or it is a probe
                        places.add(placeIn(letter));
                    }
                });
            }
            return places;
        }
    }

    /**
     * Lets the dead-letter topic take nothing, so that whoever has a dead letter to write must wait with it. The broker obeys
     * some time after it has agreed, and then this returns.
     */
    void refuseDeadLetters() {
        limitDeadLetters(1);
        Awaitility.await("the dead-letter topic to take nothing")
                .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .until(() -> {
                    try {
                        producer.send(new ProducerRecord<>(DEAD_LETTERS, "a probe"))
                                .get();
                        return false;
                    } catch (ExecutionException e) {
                        return e.getCause() instanceof RecordTooLargeException;
                    }
                });
    }

    void takeDeadLetters() {
        limitDeadLetters(LARGEST_DEAD_LETTER);
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
        broker.close();
    }

    private void createTopics() {
        ask(admin -> admin.createTopics(List.of(
                        new NewTopic(TOPIC, Cluster.PARTITIONS, (short) 1), new NewTopic(DEAD_LETTERS, 1, (short) 1)))
                .all());
    }

    private void limitDeadLetters(int maxMessageBytes) {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, DEAD_LETTERS);
        AlterConfigOp limit = new AlterConfigOp(
                new ConfigEntry("max.message.bytes", String.valueOf(maxMessageBytes)), AlterConfigOp.OpType.SET);
        ask(admin ->
                admin.incrementalAlterConfigs(Map.of(topic, List.of(limit))).all());
    }

    private void ask(Function<Admin, KafkaFuture<Void>> question) {
        asked(question);
    }

    private <T> T asked(Function<Admin, KafkaFuture<T>> question) {
        try (Admin admin = Admin.create(servers)) {
            return within60s(question.apply(admin).toCompletionStage().toCompletableFuture());
        }
    }

    private static Place placeIn(ConsumerRecord<byte[], byte[]> letter) {
        return new Place(
                Integer.parseInt(header(letter, "push-dlt-partition")),
                Long.parseLong(header(letter, "push-dlt-offset")));
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        return new String(letter.headers().lastHeader(name).value(), UTF_8);
    }

    private static <T> T within60s(Future<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the broker did not do it", e);
        }
    }
}
