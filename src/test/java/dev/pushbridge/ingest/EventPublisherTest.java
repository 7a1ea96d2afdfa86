package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class EventPublisherTest {
    private static final byte[] VALUE = "{\"tokens\":[\"1\"]}".getBytes(UTF_8);

    private final MockProducer<byte[], byte[]> broker =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final EventPublisher publisher = new EventPublisher("push.events", () -> broker);

    @Test
    void publish_isDoneOnlyWhenTheBrokerHasTheRecord() {
        CompletableFuture<Void> published = publisher.publish("1", VALUE);

        assertThat(published).isNotDone();
        ProducerRecord<byte[], byte[]> record = broker.history().get(0);
        assertThat(record.topic()).isEqualTo("push.events");
        assertThat(record.partition()).isNull();
        assertThat(record.key()).isEqualTo("1".getBytes(UTF_8));
        assertThat(record.value()).isEqualTo(VALUE);

        broker.completeNext();
        assertThat(published).isCompleted();
    }

    @Test
    void publish_withoutKey_leavesThePartitionToTheProducer() {
        assertThat(publisher.publish(null, VALUE)).isNotDone();

        assertThat(broker.history().get(0).key()).isNull();
    }

    @Test
    void publish_saysWhichTopicDidNotTakeTheRecordAndWhy() {
        CompletableFuture<Void> published = publisher.publish("1", VALUE);

        broker.errorNext(new TimeoutException("no leader"));

        assertThat(published)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PublishFailedException.class)
                .withMessage("topic push.events did not take the record: no leader");
    }

    @Test
    void publish_failsItsFutureAndNotItsCallerWhenNoProducerCanBeHad() {
        EventPublisher nowhere = new EventPublisher("push.events", () -> {
            throw new KafkaException("No resolvable bootstrap urls");
        });

        assertThat(nowhere.publish("1", VALUE))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PublishFailedException.class);
    }

    @Test
    void publish_failsItsFutureAndNotItsCallerWhenTheProducerThrows() {
        broker.sendException = new KafkaException("fatal");

        assertThat(publisher.publish("1", VALUE))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PublishFailedException.class)
                .withMessage("topic push.events did not take the record: fatal");
    }
}
