package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces the events of the run: likes of about 250 bytes, each to some of the first so many users. */
final class Events implements AutoCloseable {
    private static final String TEXT = "x".repeat(120);
    private static final double NANOS_PER_SECOND = 1e9;
    /** More than there are users. */
    private static final int NOBODY = 1_000_000;

    private final KafkaProducer<byte[], byte[]> producer;
    private final SplittableRandom random = new SplittableRandom(42);
    private long count;
    private long sentAtSum;

    Events(String broker) {
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        64 << 10,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        2 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** As fast as it goes; returns when the broker has them. */
    void produce(String topic, int events, int fanOut, int users) {
        for (int i = 0; i < events; i++) {
            send(topic, fanOut, random.nextInt(users), users);
        }
        producer.flush();
    }

    /** The same, for users of whom nobody is there. */
    void produceForNobody(String topic, int events) {
        long before = sentAtSum;
        for (int i = 0; i < events; i++) {
            send(topic, 1, NOBODY + random.nextInt(NOBODY), Integer.MAX_VALUE);
        }
        sentAtSum = before;
        producer.flush();
    }

    /** What the times add up to that the messages bear which all clients get together. */
    long sentAtSum() {
        return sentAtSum;
    }

    /** Evenly spread; returns when the broker has them. */
    void produce(String topic, int perSecond, Duration duration, int users) {
        long start = System.nanoTime();
        long events = perSecond * duration.toSeconds();
        for (long i = 0; i < events; i++) {
            long due = start + (long) (i * NANOS_PER_SECOND / perSecond);
            for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            send(topic, 1, random.nextInt(users), users);
        }
        producer.flush();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what did not arrive is missed by the clients
    private void send(String topic, int fanOut, int first, int users) {
        StringBuilder event = new StringBuilder(300 + fanOut * 16);
        event.append("{\"id\":\"like-").append(count++).append("\",\"type\":\"like\",\"tokens\":[");
        long sentAt = Latency.nowMicros();
        sentAtSum += sentAt * fanOut;
        for (int i = 0; i < fanOut; i++) {
            event.append(i == 0 ? "\"user-" : ",\"user-")
                    .append((first + i) % users)
                    .append('"');
        }
        event.append("],\"entityType\":\"post\",\"data\":{\"actor\":{\"id\":\"7\",\"name\":\"")
                .append(TEXT)
                .append("\"},\"post\":{\"id\":\"42\"},\"sentAt\":")
                .append(sentAt)
                .append("}}");
        byte[] key = ("user-" + first).getBytes(US_ASCII);
        producer.send(new ProducerRecord<>(topic, key, event.toString().getBytes(US_ASCII)));
    }

    @Override
    public void close() {
        producer.close();
    }
}
