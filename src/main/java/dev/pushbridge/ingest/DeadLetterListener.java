package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.metrics.PushMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.BatchAcknowledgingConsumerAwareMessageListener;
import org.springframework.kafka.listener.ConsumerAwareRebalanceListener;
import org.springframework.kafka.support.Acknowledgment;

/**
 * Reads the topic once for the whole cluster and writes what is not an event to the dead-letter topic.
 *
 * <p><b>Nothing is skipped, and as little as possible doubled.</b> A batch is committed when the broker has confirmed all
 * of its dead letters. If one cannot be written, what comes before it is committed, the group stays there, and tries again
 * after a while, for ever; the pushes do not depend on it. Letters behind the one that failed may have been written: they
 * are remembered, and not written again as long as the partition stays with this node. So a record becomes a dead letter
 * twice only if this node loses the partition, or ends, between a letter's write and the commit, or if the broker wrote a
 * letter and could not say so in time.
 *
 * <p>What is held waits in the topic, whose retention may be shorter than the hold: if it is gone when it should come again,
 * that is told and counted; if its partition is empty then, when anything else has come.
 *
 * <p>All of it happens on the container's thread, rebalances too.
 */
final class DeadLetterListener
        implements BatchAcknowledgingConsumerAwareMessageListener<byte[], byte[]>, ConsumerAwareRebalanceListener {
    private static final Logger log = LoggerFactory.getLogger(DeadLetterListener.class);
    static final Duration FIRST_WAIT = Duration.ofMillis(500);
    static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final EventReader reader;
    private final DeadLetterWriter writer;
    private final DeadLetterHold hold;
    private final PushMetrics metrics;

    /** Where each partition comes again of which something is held up. */
    private final Map<TopicPartition, Long> held = new HashMap<>();

    /** Where letters were written behind one that was not. */
    private final Set<Place> written = new HashSet<>();

    private Duration wait = FIRST_WAIT;

    DeadLetterListener(EventReader reader, DeadLetterWriter writer, DeadLetterHold hold, PushMetrics metrics) {
        this.reader = reader;
        this.writer = writer;
        this.hold = hold;
        this.metrics = metrics;
    }

    private record Place(TopicPartition partition, long offset) {
        static Place of(ConsumerRecord<?, ?> record) {
            return new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
        }
    }

    /** A letter on its way. */
    private record Letter(int index, ConsumerRecord<byte[], byte[]> record, InvalidReason reason, Future<?> write) {}

    /** The first letter of a batch that could not be written, by its index there. */
    private record Failure(int index, ConsumerRecord<byte[], byte[]> record, Throwable cause) {}

    @Override
    public void onMessage(
            List<ConsumerRecord<byte[], byte[]>> records,
            @Nullable Acknowledgment acknowledgment,
            @Nullable Consumer<?, ?> consumer) {
        Acknowledgment batch = Objects.requireNonNull(acknowledgment, "the container's acknowledgment mode is manual");
        records.forEach(record -> goesOn(Place.of(record)));
        Failure failure = write(records);
        if (failure == null) {
            forget(records);
            passOver(Objects.requireNonNull(consumer, "the container's"));
            if (held.isEmpty()) { // else it is of a partition that has not come again yet
                wait = FIRST_WAIT;
                hold.release();
            }
            batch.acknowledge();
            return;
        }
        forget(records.subList(0, failure.index));
        for (ConsumerRecord<?, ?> record : records.subList(failure.index, records.size())) {
            Place place = Place.of(record);
            held.putIfAbsent(place.partition, place.offset);
        }
        metrics.deadLetterFailure();
        hold.begin(reason(failure));
        writer.startAnew();
        batch.nack(failure.index, wait);
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
    }

    /** The partitions' next reader does not know what was written, and if it is this node, a new topic may have the name. */
    @Override
    public void onPartitionsRevokedAfterCommit(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        onPartitionsLost(consumer, partitions);
    }

    @Override
    public void onPartitionsLost(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        written.removeIf(place -> partitions.contains(place.partition));
        held.keySet().removeAll(partitions);
        if (held.isEmpty()) { // else the group has let this node keep what is held up
            hold.leave();
        }
    }

    /** Looks whether the partition goes on where it should: what was held up is lost if it is not there any more. */
    private void goesOn(Place place) {
        Long from = held.remove(place.partition);
        if (from != null && from < place.offset) {
            hold.lose(place.partition, from, place.offset);
            metrics.deadLettersLost(place.offset - from);
        }
    }

    /** No record comes of a partition that has dropped all that it had, what is held up too; but its place has moved. */
    private void passOver(Consumer<?, ?> consumer) {
        Map.copyOf(held).forEach((partition, from) -> {
            try {
                long place = consumer.position(partition, Duration.ZERO);
                if (place != from) {
                    goesOn(new Place(partition, place));
                }
            } catch (KafkaException | IllegalStateException e) { // the latter if it is not the consumer's
                log.debug("Where {} goes on is not known; the next batch asks again", partition, e);
            }
        });
    }

    /** Returns null if every dead letter of the batch is in its topic. */
    private @Nullable Failure write(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Letter> letters = new ArrayList<>();
        Failure unsent = send(records, letters);
        Failure unconfirmed = confirm(letters);
        return unconfirmed != null ? unconfirmed : unsent;
    }

    /** Stops at the first letter that cannot even be sent. The broad catch: whatever goes wrong, nothing is skipped. */
    private @Nullable Failure send(List<ConsumerRecord<byte[], byte[]>> records, List<Letter> letters) {
        for (int i = 0; i < records.size(); i++) {
            ConsumerRecord<byte[], byte[]> record = records.get(i);
            try {
                InvalidEventException why = invalidity(record);
                if (why != null && !written.contains(Place.of(record))) {
                    letters.add(new Letter(i, record, why.reason(), writer.write(record, why)));
                }
            } catch (RuntimeException | Error e) {
                return new Failure(i, record, e);
            }
        }
        return null;
    }

    /** Waits for all, also behind a failure: what is written must be known. */
    private @Nullable Failure confirm(List<Letter> letters) {
        Failure first = null;
        for (Letter letter : letters) {
            Throwable cause = failure(letter.write);
            if (cause == null) {
                written.add(Place.of(letter.record));
                metrics.deadLetter(letter.reason);
            } else if (first == null) {
                first = new Failure(letter.index, letter.record, cause);
            }
        }
        return first;
    }

    private static @Nullable Throwable failure(Future<?> write) {
        try {
            write.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e;
        }
    }

    private @Nullable InvalidEventException invalidity(ConsumerRecord<byte[], byte[]> record) {
        try {
            reader.read(record.value());
            return null;
        } catch (InvalidEventException e) {
            return e;
        }
    }

    /** These are committed and do not come again. */
    private void forget(List<ConsumerRecord<byte[], byte[]>> records) {
        if (!written.isEmpty()) {
            records.forEach(record -> written.remove(Place.of(record)));
        }
    }

    private String reason(Failure failure) {
        ConsumerRecord<byte[], byte[]> record = failure.record;
        return record.topic() + "-" + record.partition() + "@" + record.offset() + " does not get into "
                + writer.topic() + ": " + explanation(record, failure.cause);
    }

    /** Kafka's messages show nothing of a record; of others that is not known. */
    private String explanation(ConsumerRecord<byte[], byte[]> record, Throwable cause) {
        if (cause instanceof RecordTooLargeException) {
            return "its value has " + record.serializedValueSize() + " bytes (expected: less than max.message.bytes of "
                    + writer.topic() + ", which may be raised)";
        }
        return cause instanceof KafkaException
                ? String.valueOf(cause.getMessage())
                : cause.getClass().getName();
    }
}
