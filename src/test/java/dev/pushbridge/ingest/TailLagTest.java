package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class TailLagTest {
    private static final TopicPartition P0 = new TopicPartition("push.events", 0);
    private static final TopicPartition P1 = new TopicPartition("push.events", 1);

    private final TailLag lag = new TailLag();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    @Test
    void isWhatIsStillToBeReadAndSinceWhen() {
        long now = System.currentTimeMillis();
        consumer.assign(List.of(P0, P1));
        consumer.updateEndOffsets(Map.of(P0, 10L, P1, 5L));
        consumer.seek(P0, 7);
        consumer.seek(P1, 5);
        lag.read(P0, now - 60_000);
        lag.read(P1, now - 3_600_000);

        lag.measure(consumer);

        assertThat(lag.records()).isEqualTo(3);
        assertThat(lag.seconds()).as("of the partition that has more").isBetween(60L, 90L);
    }

    @Test
    void isNothingWhileNothingWaits() {
        consumer.assign(List.of(P0));
        consumer.updateEndOffsets(Map.of(P0, 10L));
        consumer.seek(P0, 10);
        lag.read(P0, 0);

        lag.measure(consumer);

        assertThat(lag.records()).isZero();
        assertThat(lag.seconds()).isZero();
    }
}
