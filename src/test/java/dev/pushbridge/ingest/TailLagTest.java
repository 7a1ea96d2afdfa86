package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TailLagTest {
    private static final TopicPartition P0 = new TopicPartition("push.events", 0);
    private static final TopicPartition P1 = new TopicPartition("push.events", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private Instant now = Instant.parse("2026-11-24T08:15:30Z");
    private final TailLag lag = new TailLag(() -> now, () -> now.toEpochMilli() * 1_000_000);

    @BeforeEach
    void bothPartitionsAreEmpty() {
        consumer.assign(List.of(P0, P1));
        place(P0, 0, 0);
        place(P1, 0, 0);
    }

    @Test
    void isWhatIsStillToBeReadAndHowOldTheNewestIsThatWasRead() {
        lag.read(P0, millisAgo(60));
        lag.read(P1, millisAgo(3_600));
        place(P1, 5, 5);

        measure(P0, 7, 10);

        assertThat(lag.records()).isEqualTo(3);
        assertThat(lag.seconds()).as("of the partition that has more").isEqualTo(60);
    }

    @Test
    void isNothingAtTheEnd() {
        lag.read(P0, millisAgo(60));

        measure(P0, 10, 10);

        assertThat(lag.records()).isZero();
        assertThat(lag.seconds()).isZero();
    }

    @Test
    void topicThatWasQuietIsLateFromItsNextRecordOnOnly() {
        lag.read(P0, now.toEpochMilli());
        measure(P0, 1, 1);
        pass(Duration.ofHours(1));
        measure(P0, 1, 1);

        pass(Duration.ofSeconds(1));
        measure(P0, 1, 1_000);
        assertThat(lag.records()).isEqualTo(999);
        assertThat(lag.seconds()).as("not the hour").isEqualTo(1);

        pass(Duration.ofSeconds(7));
        assertThat(lag.seconds()).as("also while nothing is measured").isEqualTo(8);
    }

    @Test
    void recordWithoutTimestampTellsNothing() {
        lag.read(P0, -1);
        pass(Duration.ofSeconds(1));
        measure(P0, 1, 10);
        assertThat(lag.seconds()).isEqualTo(1);
    }

    @Test
    void producersClockThatIsAheadOrBehindHidesAndInventsNothing() {
        lag.read(P0, millisAgo(-3_600));
        lag.read(P0, millisAgo(3_600));
        pass(Duration.ofSeconds(20));

        measure(P0, 2, 10);

        assertThat(lag.seconds()).isEqualTo(20);
    }

    private long millisAgo(long seconds) {
        return now.minusSeconds(seconds).toEpochMilli();
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private void measure(TopicPartition partition, long position, long end) {
        place(partition, position, end);
        lag.measure(consumer);
    }

    private void place(TopicPartition partition, long position, long end) {
        consumer.updateEndOffsets(Map.of(partition, end));
        consumer.seek(partition, position);
    }
}
