package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.UndeliveredSettings.TakenBy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ReceiptWriterTest {
    private static final int PARTITIONS = 100;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong millis = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();

    /** A producer that waits its two seconds for a topic that is not there, each time that it is asked. */
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
                @Override
                public List<PartitionInfo> partitionsFor(String topic) {
                    asked.incrementAndGet();
                    millis.addAndGet(KafkaClients.PUBLISH_MAX_BLOCK.toMillis());
                    throw new TimeoutException("Topic " + topic + " not present in metadata after 2000 ms.");
                }
            };

    private final ReceiptWriter writer = new ReceiptWriter(
            "push.events-receipts",
            TakenBy.SESSION,
            () -> producer,
            new PushMetrics(meters),
            InstantSource.tick(() -> Instant.ofEpochMilli(millis.get()), Duration.ofMillis(1))
                    .withZone(ZoneOffset.UTC));

    /** Not an exception: what the JVM itself fails at, once. */
    @Test
    void errorOfTheJvmCostsTheReceiptsThatItMetAndNotThoseThatFollow() {
        MockProducer<byte[], byte[]> failsOnce =
                new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public List<PartitionInfo> partitionsFor(String topic) {
                        if (asked.getAndIncrement() == 0) {
                            throw new NoClassDefFoundError("on purpose");
                        }
                        return List.of(new PartitionInfo(topic, 0, null, null, null));
                    }
                };
        ReceiptWriter writing = new ReceiptWriter(
                "push.events-receipts", TakenBy.SESSION, () -> failsOnce, new PushMetrics(meters), Clock.systemUTC());
        writing.start();
        writing.handed(0, 17, "anna");
        await().until(() -> lost() == 1);

        writing.handed(0, 18, "anna");

        await().until(() -> !failsOnce.history().isEmpty());
        writing.stop();
        assertThat(lost()).isEqualTo(1);
    }

    /** It meets the writer before it has anything to do with the producer. */
    @Test
    void errorOfTheJvmAnywhereElseCostsNoMoreThanThat() {
        AtomicInteger told = new AtomicInteger();
        InstantSource failsOnce = () -> {
            if (told.getAndIncrement() == 0) {
                throw new NoClassDefFoundError("on purpose");
            }
            return Instant.EPOCH;
        };
        MockProducer<byte[], byte[]> well =
                new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public List<PartitionInfo> partitionsFor(String topic) {
                        return List.of(new PartitionInfo(topic, 0, null, null, null));
                    }
                };
        ReceiptWriter writing = new ReceiptWriter(
                "push.events-receipts",
                TakenBy.SESSION,
                () -> well,
                new PushMetrics(meters),
                failsOnce.withZone(ZoneOffset.UTC));
        writing.handed(0, 17, "anna");
        writing.start();
        await().until(() -> lost() == 1);

        writing.handed(0, 18, "anna");

        await().until(() -> !well.history().isEmpty());
        writing.stop();
        assertThat(lost()).isEqualTo(1);
    }

    private double lost() {
        return meters.get(Meters.RECEIPTS_LOST.meter()).counter().count();
    }

    @Test
    void stopWaitsForNoTopicThatIsNotThere_andCountsWhatIsLost() {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            writer.handed(partition, 17, "anna");
        }
        writer.stop(); // before the thread begins: all of it is left for the end
        writer.start();
        await().until(() -> !writer.isRunning());

        assertThat(asked.get()).as("tries of 2 s each, in 5 s").isLessThanOrEqualTo(3);
        assertThat(meters.get(Meters.RECEIPTS_LOST.meter()).counter().count()).isEqualTo(PARTITIONS);
    }
}
