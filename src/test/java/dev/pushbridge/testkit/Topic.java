package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A topic of its own name on the tests' broker, with its dead-letter topic, so that tests do not see each other. */
public final class Topic {
    private static final int LARGEST_RECORD = 20 << 20;

    private final String name;
    private volatile int partitions;

    private Topic(String name, int partitions) {
        this.name = name;
        this.partitions = partitions;
    }

    /** With one partition, so that all of its records are in order. */
    public static Topic create() {
        return create(1);
    }

    public static Topic create(int partitions) {
        Topic topic = createWithoutDeadLetters(partitions);
        topic.createDeadLetters(1, LARGEST_RECORD);
        return topic;
    }

    /** With a name that must not be of another test, for what knows the topic by its name. */
    public static Topic create(String name, int partitions) {
        Topic topic = new Topic(name, partitions);
        create(name, partitions, LARGEST_RECORD);
        topic.createDeadLetters(1, LARGEST_RECORD);
        return topic;
    }

    /** With no dead-letter topic, until {@link #createDeadLetters}. */
    public static Topic createWithoutDeadLetters(int partitions) {
        Topic topic = new Topic("test-" + UUID.randomUUID(), partitions);
        create(topic.name, partitions, LARGEST_RECORD);
        return topic;
    }

    /** Creates the dead-letter topic. */
    public void createDeadLetters(int partitions, int maxMessageBytes) {
        create(deadLetterName(), partitions, maxMessageBytes);
    }

    /** Changes what the dead-letter topic takes. */
    public void limitDeadLetters(int maxMessageBytes) {
        limit(deadLetterName(), maxMessageBytes);
    }

    /** Changes what the topic takes. */
    public void limit(int maxMessageBytes) {
        limit(name, maxMessageBytes);
    }

    private static void limit(String name, int maxMessageBytes) {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
        AlterConfigOp limit = new AlterConfigOp(
                new ConfigEntry("max.message.bytes", String.valueOf(maxMessageBytes)), AlterConfigOp.OpType.SET);
        within30s(
                Clients.ADMIN
                        .incrementalAlterConfigs(Map.of(topic, List.of(limit)))
                        .all(),
                "limit " + topic);
    }

    /** Adds partitions behind those that are there. */
    public void grow(int to) {
        within30s(
                Clients.ADMIN
                        .createPartitions(Map.of(name, NewPartitions.increaseTo(to)))
                        .all(),
                "grow " + name);
        partitions = to;
    }

    /** Deletes the topic and makes it anew, under the same name, with nothing in it. */
    public void makeAnew() {
        within30s(Clients.ADMIN.deleteTopics(List.of(name)).all(), "delete " + name);
        Awaitility.await("the end of " + name)
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> {
                    create(name, partitions, LARGEST_RECORD);
                    return true;
                });
    }

    /** Drops everything that is in the topic now, as its retention would. */
    public void dropRecords() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            consumer.endOffsets(partitions(name, partitions))
                    .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end)));
            within30s(Clients.ADMIN.deleteRecords(all).all(), "drop the records of " + name);
        }
    }

    /** Produces a record and drops it, as a short retention does, while a transaction keeps everybody from reading it. */
    public void dropUnread(String value) {
        Map<String, Object> transactional = new HashMap<>(Clients.SERVERS);
        transactional.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, name);
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(transactional, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            done(producer.send(new ProducerRecord<>(name, value.getBytes(UTF_8))), name);
            dropRecords();
            producer.commitTransaction();
        }
    }

    /** Members of the group that have a partition. */
    public static long workingMembers(String group) {
        return within30s(Clients.ADMIN.describeConsumerGroups(List.of(group)).all(), "describe " + group)
                .values()
                .stream()
                .flatMap(description -> description.members().stream())
                .filter(member -> !member.assignment().topicPartitions().isEmpty())
                .count();
    }

    private static void create(String name, int partitions, int maxMessageBytes) {
        NewTopic topic = new NewTopic(name, partitions, (short) 1)
                .configs(Map.of("max.message.bytes", String.valueOf(maxMessageBytes)));
        within30s(Clients.ADMIN.createTopics(List.of(topic)).all(), "create " + name);
    }

    private static <T> T within30s(KafkaFuture<T> future, String what) {
        try {
            return future.get(30, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("cannot " + what, e);
        }
    }

    public String name() {
        return name;
    }

    public String deadLetterName() {
        return name + "-dlt";
    }

    /** Produces one record without a key and waits until the broker has it. */
    public RecordMetadata send(String value) {
        return send(null, value.getBytes(UTF_8));
    }

    /** Produces records in one go, and waits until the broker has them all. */
    public void sendAll(List<String> values) {
        sendAll(values, value -> new ProducerRecord<>(name, value.getBytes(UTF_8)));
    }

    /** The same, to one partition. */
    public void sendAll(int partition, List<String> values) {
        sendAll(values, value -> new ProducerRecord<>(name, partition, null, value.getBytes(UTF_8)));
    }

    /** The same value under each of the keys, in one go. */
    public void sendAll(List<String> keys, String value) {
        sendAll(keys, key -> new ProducerRecord<>(name, key.getBytes(UTF_8), value.getBytes(UTF_8)));
    }

    private void sendAll(List<String> values, Function<String, ProducerRecord<byte[], byte[]>> record) {
        List<Future<RecordMetadata>> sent =
                values.stream().map(record).map(Clients.PRODUCER::send).toList();
        sent.forEach(future -> done(future, name));
    }

    /** Produces one record as the bytes it is, and waits until the broker has it. */
    public RecordMetadata send(byte @Nullable [] key, byte @Nullable [] value, Header... headers) {
        return send(new ProducerRecord<>(name, null, key, value, List.of(headers)));
    }

    /** Produces to the partition that the record names. */
    public RecordMetadata send(int partition, String value) {
        return send(new ProducerRecord<>(name, partition, null, value.getBytes(UTF_8)));
    }

    /** Produces as a producer whose clock says that it is this time. */
    public RecordMetadata send(Instant time, String value) {
        return send(new ProducerRecord<>(name, 0, time.toEpochMilli(), null, value.getBytes(UTF_8)));
    }

    /** Everything that is in the topic now, in order of its partitions. */
    public List<ConsumerRecord<byte[], byte[]>> records() {
        return read(name);
    }

    /** Everything that is in the dead-letter topic now. */
    public List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        return read(deadLetterName());
    }

    /** Waits until the dead-letter topic has that many records; fails if it gets more or does not get there. */
    public List<ConsumerRecord<byte[], byte[]>> awaitDeadLetters(int count) {
        List<ConsumerRecord<byte[], byte[]>> letters = Awaitility.await("dead letters in " + deadLetterName())
                .atMost(Duration.ofSeconds(30))
                .until(this::deadLetters, found -> found.size() >= count);
        assertThat(letters).hasSize(count);
        return letters;
    }

    /** Waits until the consumer group has committed everything that is in the topic. */
    public void awaitCommitted(String group) {
        Awaitility.await(group + " to be through with " + name)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(committed(group)).isEqualTo(size()));
    }

    /** Waits until the consumer group has committed a place in every partition, from where on it reads. */
    public void awaitPlaces(String group) {
        Awaitility.await(group + " to have begun with " + name)
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(within30s(
                                Clients.ADMIN.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
                                "see " + group))
                        .hasSize(partitions));
    }

    /** Where the group would go on, over all partitions, as far as it has committed. */
    public long committed(String group) {
        return within30s(Clients.ADMIN.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(), "see " + group)
                .values()
                .stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    /** The groups that have committed a place in it. */
    public Set<String> groups() {
        Map<String, ListConsumerGroupOffsetsSpec> all = new HashMap<>();
        within30s(
                        Clients.ADMIN
                                .listGroups(ListGroupsOptions.forConsumerGroups())
                                .all(),
                        "list the groups")
                .forEach(group -> all.put(group.groupId(), new ListConsumerGroupOffsetsSpec()));
        Set<String> here = new TreeSet<>();
        within30s(Clients.ADMIN.listConsumerGroupOffsets(all).all(), "see the groups' places")
                .forEach((group, places) -> {
                    if (places.keySet().stream()
                            .anyMatch(partition -> partition.topic().equals(name))) {
                        here.add(group);
                    }
                });
        return here;
    }

    /** Records that the topic got so far. */
    long size() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            return consumer.endOffsets(partitions(name, partitions)).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
        return done(Clients.PRODUCER.send(record), record.topic());
    }

    private static RecordMetadata done(Future<RecordMetadata> sent, String topic) {
        try {
            return sent.get(30, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("cannot produce to " + topic, e);
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> all =
                    partitions(topic, consumer.partitionsFor(topic).size());
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }

    private static List<TopicPartition> partitions(String topic, int count) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(topic, i));
        }
        return partitions;
    }

    private static KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(Clients.SERVERS, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Shared by all topics; they end with the JVM. */
    private static final class Clients {
        static final Map<String, Object> SERVERS =
                Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, Broker.servers());
        static final Admin ADMIN = Admin.create(SERVERS);
        static final Producer<byte[], byte[]> PRODUCER = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        Broker.servers(),
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        LARGEST_RECORD),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }
}
