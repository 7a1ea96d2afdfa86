package dev.pushbridge.ingest;

import dev.pushbridge.settings.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;

/**
 * The settings of the bridge's own Kafka clients: those of {@code spring.kafka.*} (servers, security, tuning), and over
 * them what the bridge's promises stand on.
 */
final class KafkaClients {
    /** A record of the publisher is confirmed, or has failed, after this time. */
    static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(5);
    /** The longest that the publisher's caller waits for a broker that is away. */
    static final Duration PUBLISH_MAX_BLOCK = Duration.ofSeconds(2);
    /** A dead letter is confirmed, or has failed, after this time. */
    static final Duration DEAD_LETTER_TIMEOUT = Duration.ofSeconds(10);
    /** The longest that the group waits for a dead-letter topic that cannot be found. */
    static final Duration DEAD_LETTER_MAX_BLOCK = Duration.ofSeconds(5);
    /** The largest dead letter; larger than any topic should take. Kafka's client takes the memory only as it needs it. */
    private static final int LARGEST_DEAD_LETTER_BYTES = 64 << 20;
    /** The group lets the broker gather this much for a fetch, or for as long as the settings say. */
    private static final int GROUP_FETCH_BYTES = 512 << 10;

    private static final int GROUP_POLL_RECORDS = 2000;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
    /** What a record may weigh beyond its value: key, headers, framing. */
    private static final long BESIDE_THE_VALUE_BYTES = 256 * 1024;

    private KafkaClients() {}

    /** The publisher's: waits for no second record. */
    static DefaultKafkaProducerFactory<byte[], byte[]> publisher(
            DefaultKafkaProducerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = promptWrites(settings);
        own.put(ProducerConfig.CLIENT_ID_CONFIG, settings.group() + "-publisher");
        own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return producers(boot, own);
    }

    /** The dead letters': room for whatever the topic has, and an end to every try. */
    static DefaultKafkaProducerFactory<byte[], byte[]> deadLetterProducers(
            DefaultKafkaProducerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = confirmedWrites();
        own.put(ProducerConfig.CLIENT_ID_CONFIG, settings.group() + "-dead-letters");
        own.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) DEAD_LETTER_MAX_BLOCK.toMillis());
        own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) DEAD_LETTER_TIMEOUT.toMillis() / 2);
        own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DEAD_LETTER_TIMEOUT.toMillis());
        own.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_DEAD_LETTER_BYTES);
        own.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) LARGEST_DEAD_LETTER_BYTES);
        return producers(boot, own);
    }

    /** The handing over's, and the receipts'. */
    static DefaultKafkaProducerFactory<byte[], byte[]> undeliveredProducers(
            DefaultKafkaProducerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = promptWrites(settings);
        own.put(ProducerConfig.CLIENT_ID_CONFIG, settings.group() + "-undelivered");
        own.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        return producers(boot, own);
    }

    /** The tail's: knows by itself where it is, and wants to know when retention has overtaken it. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> tail(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = reading(settings, "-tail");
        own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return consumers(boot, own);
    }

    /** The handing over's: says by itself where it begins, and reads partitions that are added later from their start. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> undeliveredGroup(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = reading(settings, "-undelivered");
        own.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group() + "-undelivered");
        own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return consumers(boot, own);
    }

    /** The receipts': says by itself where it reads. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> receipts(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        return consumers(boot, reading(settings, "-receipts"));
    }

    /** The group's: reads everything that was never read, in large lazy fetches, and commits only when told to. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> group(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = reading(settings, "-group");
        own.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group());
        own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        own.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, GROUP_FETCH_BYTES);
        own.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int)
                settings.groupFetchWait().toMillis());
        own.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, GROUP_POLL_RECORDS);
        // It must leave a fetch the time to wait.
        own.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int)
                settings.groupFetchWait().plus(REQUEST_TIMEOUT).toMillis());
        return consumers(boot, own);
    }

    /** The revocations': from the beginning, by every node, whatever the group. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> revocations(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = reading(settings, "-revocations");
        own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return consumers(boot, own);
    }

    /**
     * The properties of those who ask about a topic. The consumers' connection serves an admin client too, without what
     * only a consumer knows; names of others stay, for a TLS bundle of Boot's is under one of its own.
     */
    static Map<String, Object> inquiry(DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        Set<String> consumersOnly = new HashSet<>(ConsumerConfig.configNames());
        consumersOnly.removeAll(AdminClientConfig.configNames());
        all.keySet().removeAll(consumersOnly);
        all.put(AdminClientConfig.CLIENT_ID_CONFIG, settings.group() + "-inquiry");
        return all;
    }

    /** The dead-letter watch's: looks and leaves. */
    static DefaultKafkaConsumerFactory<byte[], byte[]> watch(
            DefaultKafkaConsumerFactory<?, ?> boot, KafkaSettings settings) {
        return consumers(boot, reading(settings, "-watch"));
    }

    /** Bytes; commits only when told to. */
    private static Map<String, Object> reading(KafkaSettings settings, String purpose) {
        Map<String, Object> own = new HashMap<>();
        own.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.group() + purpose);
        own.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        own.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        own.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // What was written in a transaction that was aborted did not happen.
        own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // A topic that is created later, and new partitions, are found this soon.
        own.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, (int)
                settings.partitionCheckInterval().toMillis());
        return own;
    }

    /** Boot's factory knows the connection, and has listeners that show each client's own meters; its group is not ours. */
    @SuppressWarnings("unchecked") // they look at a client's meters, never at a record
    private static DefaultKafkaConsumerFactory<byte[], byte[]> consumers(
            DefaultKafkaConsumerFactory<?, ?> boot, Map<String, Object> own) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        all.remove(ConsumerConfig.GROUP_ID_CONFIG);
        all.putAll(own);
        DefaultKafkaConsumerFactory<byte[], byte[]> consumers = new DefaultKafkaConsumerFactory<>(all);
        consumers.setBeanName("push");
        ((DefaultKafkaConsumerFactory<byte[], byte[]>) boot).getListeners().forEach(consumers::addListener);
        return consumers;
    }

    /** Of records as large as an event may be, with an answer soon, either way. */
    private static Map<String, Object> promptWrites(KafkaSettings settings) {
        Map<String, Object> own = confirmedWrites();
        own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) PUBLISH_MAX_BLOCK.toMillis());
        own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PUBLISH_TIMEOUT.toMillis() / 2);
        own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PUBLISH_TIMEOUT.toMillis());
        own.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, (int)
                (settings.maxRecordSize().toBytes() + BESIDE_THE_VALUE_BYTES));
        return own;
    }

    private static Map<String, Object> confirmedWrites() {
        Map<String, Object> own = new HashMap<>();
        own.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        own.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        own.put(ProducerConfig.ACKS_CONFIG, "all");
        own.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        return own;
    }

    /** Boot's factory knows the connection and the listeners; its serializers are of no use here. */
    @SuppressWarnings("unchecked") // as above
    private static DefaultKafkaProducerFactory<byte[], byte[]> producers(
            DefaultKafkaProducerFactory<?, ?> boot, Map<String, Object> own) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        all.putAll(own);
        DefaultKafkaProducerFactory<byte[], byte[]> producers = new DefaultKafkaProducerFactory<>(all);
        producers.setBeanName("push");
        ((DefaultKafkaProducerFactory<byte[], byte[]>) boot).getListeners().forEach(producers::addListener);
        producers.setPhysicalCloseTimeout((int) PUBLISH_TIMEOUT.toSeconds());
        return producers;
    }
}
