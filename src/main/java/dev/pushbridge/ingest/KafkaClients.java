package dev.pushbridge.ingest;

import dev.pushbridge.settings.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
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
    /** What a record may weigh beyond its value: key, headers, framing. */
    private static final long BESIDE_THE_VALUE_BYTES = 256 * 1024;

    private KafkaClients() {}

    /** The publisher's: answers soon, either way. */
    static DefaultKafkaProducerFactory<byte[], byte[]> publisher(
            DefaultKafkaProducerFactory<?, ?> boot, KafkaSettings settings) {
        Map<String, Object> own = confirmedWrites();
        own.put(ProducerConfig.CLIENT_ID_CONFIG, settings.group() + "-publisher");
        own.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        own.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) PUBLISH_MAX_BLOCK.toMillis());
        own.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PUBLISH_TIMEOUT.toMillis() / 2);
        own.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PUBLISH_TIMEOUT.toMillis());
        own.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, (int)
                (settings.maxRecordSize().toBytes() + BESIDE_THE_VALUE_BYTES));
        return producers(boot, own);
    }

    private static Map<String, Object> confirmedWrites() {
        Map<String, Object> own = new HashMap<>();
        own.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        own.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        own.put(ProducerConfig.ACKS_CONFIG, "all");
        own.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        return own;
    }

    /** Boot's factory has the connection and the listeners that meter clients; its serializers are of no use here. */
    private static DefaultKafkaProducerFactory<byte[], byte[]> producers(
            DefaultKafkaProducerFactory<?, ?> boot, Map<String, Object> own) {
        Map<String, Object> all = new HashMap<>(boot.getConfigurationProperties());
        all.putAll(own);
        return new DefaultKafkaProducerFactory<>(all);
    }
}
