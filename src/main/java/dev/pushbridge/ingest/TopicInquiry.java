package dev.pushbridge.ingest;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Asks the broker about a topic, on a connection of its own, so that nobody waits for the answer who has something else to
 * do. An answer that does not come in time, or that there is no such topic, is a {@link KafkaException}.
 */
interface TopicInquiry extends AutoCloseable {
    /** For an answer. */
    Duration WAIT = Duration.ofSeconds(5);

    /** A number that tells the topic from an earlier one of the same name, which hardly has it. */
    CompletableFuture<Integer> identity(String topic);

    /** The same, for who waits for the answer. */
    default int awaitIdentity(String topic) {
        try {
            return identity(topic).get(WAIT.toMillis(), MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("no answer about the topic within " + WAIT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** The ends of the first so many partitions, as who reads only what is committed sees them. */
    CompletableFuture<long[]> ends(String topic, int partitions);

    @Override
    default void close() {}

    /** Asks with these properties of an {@link Admin}. */
    static TopicInquiry with(Map<String, Object> properties) {
        return new Asking(Admin.create(properties));
    }

    /** Closed when the tail is done with its connection. */
    final class Asking implements TopicInquiry {
        private static final int WAIT_MILLIS = (int) WAIT.toMillis();

        private final Admin admin;

        private Asking(Admin admin) {
            this.admin = admin;
        }

        /** The broker gives every topic an id (KIP-516); one that is too old for it leaves only the name. */
        @Override
        public CompletableFuture<Integer> identity(String topic) {
            return admin.describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(WAIT_MILLIS))
                    .allTopicNames()
                    .thenApply(topics -> identity(requireNonNull(topics.get(topic))))
                    .toCompletionStage()
                    .toCompletableFuture();
        }

        private static int identity(TopicDescription topic) {
            Uuid id = topic.topicId();
            return id.equals(Uuid.ZERO_UUID) ? topic.name().hashCode() : id.hashCode();
        }

        @Override
        public CompletableFuture<long[]> ends(String topic, int partitions) {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            for (int p = 0; p < partitions; p++) {
                latest.put(new TopicPartition(topic, p), OffsetSpec.latest());
            }
            return admin.listOffsets(
                            latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(WAIT_MILLIS))
                    .all()
                    .thenApply(Asking::ends)
                    .toCompletionStage()
                    .toCompletableFuture();
        }

        private static long[] ends(Map<TopicPartition, ListOffsetsResultInfo> found) {
            long[] ends = new long[found.size()];
            found.forEach((partition, end) -> ends[partition.partition()] = end.offset());
            return ends;
        }

        @Override
        public void close() {
            admin.close(Duration.ZERO);
        }
    }
}
