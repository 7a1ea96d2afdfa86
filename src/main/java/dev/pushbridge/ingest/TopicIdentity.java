package dev.pushbridge.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;

/** Tells a topic from an earlier one of the same name. */
interface TopicIdentity extends AutoCloseable {
    /**
     * A number that another topic hardly has. Throws {@link KafkaException} if the broker does not answer, or has no such
     * topic.
     */
    int of(String topic);

    @Override
    default void close() {}

    /** Asks the broker, which gives every topic an id (KIP-516); one that is too old for it leaves only the name. */
    static TopicIdentity asking(Map<String, Object> properties) {
        return new Asking(Admin.create(properties));
    }

    /** Closed when the tail is done with its connection. */
    final class Asking implements TopicIdentity {
        private static final Duration WAIT = Duration.ofSeconds(5);

        private final Admin admin;

        private Asking(Admin admin) {
            this.admin = admin;
        }

        @Override
        public int of(String topic) {
            try {
                var topics = admin.describeTopics(List.of(topic))
                        .allTopicNames()
                        .get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
                Uuid id = requireNonNull(topics.get(topic)).topicId();
                return id.equals(Uuid.ZERO_UUID) ? topic.hashCode() : id.hashCode();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
            } catch (TimeoutException e) {
                throw new KafkaException("no answer about the topic within " + WAIT.toSeconds() + " s", e);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }

        @Override
        public void close() {
            admin.close(Duration.ZERO);
        }
    }
}
