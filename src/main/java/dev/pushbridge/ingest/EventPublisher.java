package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Produces records to the topic of events, for those inside the bridge who have one to tell: the HTTP door and the page.
 *
 * <p>It checks nothing: a record that is not an event is told its reason by whoever reads the topic. Thread-safe.
 */
public final class EventPublisher {
    private final String topic;
    private final Supplier<Producer<byte[], byte[]>> producer;

    /** The supplier is asked for each record, so that a bridge starts without its broker; it gives a shared producer. */
    EventPublisher(String topic, Supplier<Producer<byte[], byte[]>> producer) {
        this.topic = topic;
        this.producer = producer;
    }

    /**
     * Sends one record. The future ends normally once every in-sync replica of the broker has the record, and with a
     * {@link PublishFailedException} if that takes longer than {@link KafkaClients#PUBLISH_TIMEOUT} or is refused; a
     * record that timed out may still have arrived. May block for {@link KafkaClients#PUBLISH_MAX_BLOCK} while the
     * broker is away. The future ends on the producer's own thread, which what hangs on it must not block.
     *
     * @param key decides the partition, and with it the order; the recipient's token is recommended
     * @param value the JSON of the record; not changed afterwards by the caller
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears all that the producer's own future would tell
    public CompletableFuture<Void> publish(@Nullable String key, byte[] value) {
        CompletableFuture<Void> published = new CompletableFuture<>();
        try {
            byte[] keyBytes = key == null ? null : key.getBytes(UTF_8);
            producer.get().send(new ProducerRecord<>(topic, keyBytes, value), (metadata, failure) -> {
                if (failure == null) {
                    published.complete(null);
                } else {
                    published.completeExceptionally(new PublishFailedException(topic, failure));
                }
            });
        } catch (KafkaException | IllegalStateException failure) { // the latter from a producer closed at shutdown
            published.completeExceptionally(new PublishFailedException(topic, failure));
        }
        return published;
    }
}
