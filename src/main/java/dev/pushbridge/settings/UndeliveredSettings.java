package dev.pushbridge.settings;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What nobody took in time ({@code push.undelivered.*}), for mail or a mobile push to take over.
 *
 * @param enabled Whether events that a recipient did not take in time are handed over.
 * @param topic Where they go, one record for each event and recipient.
 * @param receiptsTopic Where the nodes tell each other what was taken. Default: push.kafka.topic and -receipts.
 * @param takenBy What takes an event: session (it was handed to a session of its recipient) or acknowledgement (a client of
 *     its recipient that was sent it has answered message_received).
 * @param after How long the recipient has, from the record's timestamp on, 1s to 1h.
 */
public record UndeliveredSettings(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("push.undelivered") String topic,
        @Nullable String receiptsTopic,
        @DefaultValue("session") TakenBy takenBy,
        @DefaultValue("30s") Duration after) {

    public UndeliveredSettings {
        Check.topic("push.undelivered.topic", topic);
        if (receiptsTopic != null) {
            Check.topic("push.undelivered.receipts-topic", receiptsTopic);
        }
        Check.range("push.undelivered.after", after, Duration.ofSeconds(1), Duration.ofHours(1));
    }

    /** What takes an event. */
    public enum TakenBy {
        /** A session of its recipient to which it was handed. */
        SESSION,
        /** The word of a client of its recipient that it has it. */
        ACKNOWLEDGEMENT
    }
}
