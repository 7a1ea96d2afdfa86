package dev.pushbridge.settings;

import dev.pushbridge.settings.UndeliveredSettings.TakenBy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Every property of the bridge itself, {@code push.*}; Kafka's connection, the HTTP ports and logging are Spring Boot's
 * own. A wrong value, or a name that is not here, stops the start with a message that shows value and expectation.
 *
 * @param validation How deep a record is checked: envelope (its own fields) or full (also data, by its type's schema).
 * @param schemas A directory with schemas for data beside the built-in ones, each named &lt;type&gt;.schema.json; one with
 *     a built-in's name takes its place. Default: none. For push.validation full.
 * @param summaryInterval How often the log tells in one line what happened, 1s to 24h, or 0 for never.
 * @param shadow Whether this node only watches: it reads the topic and reports, opens no socket, and writes nothing to
 *     Kafka.
 * @param kafka The topics and the group.
 * @param socket The Socket.IO door.
 * @param auth Who may log in.
 * @param replay What is kept for those who come back.
 * @param resume How clients take up again where they were.
 * @param undelivered What nobody took in time.
 * @param api The HTTP door for producers.
 * @param canary The bridge's own user.
 * @param page The page to try the bridge on.
 */
@ConfigurationProperties(prefix = "push", ignoreUnknownFields = false)
public record PushSettings(
        @DefaultValue("envelope") Validation validation,
        @Nullable Path schemas,
        @DefaultValue("1h") Duration summaryInterval,
        @DefaultValue("false") boolean shadow,
        @NestedConfigurationProperty @DefaultValue KafkaSettings kafka,
        @NestedConfigurationProperty @DefaultValue SocketSettings socket,
        @NestedConfigurationProperty @DefaultValue AuthSettings auth,
        @NestedConfigurationProperty @DefaultValue ReplaySettings replay,
        @NestedConfigurationProperty @DefaultValue ResumeSettings resume,
        @NestedConfigurationProperty @DefaultValue UndeliveredSettings undelivered,
        @DefaultValue ApiSettings api,
        @NestedConfigurationProperty @DefaultValue CanarySettings canary,
        @DefaultValue PageSettings page) {

    public PushSettings {
        if (schemas != null) {
            Check.that(Files.isDirectory(schemas), "push.schemas", schemas, "a directory");
            Check.that(validation == Validation.FULL, "push.schemas", schemas, "none, or push.validation: full");
        }
        if (shadow) {
            Check.that(!page.enabled() && !api.enabled(), "push.shadow", true, "false, or neither page nor API");
            Check.that(!undelivered.enabled(), "push.shadow", true, "false, or push.undelivered.enabled: false");
        }
        Check.that(
                undelivered.takenBy() == TakenBy.SESSION || resume.enabled(),
                "push.undelivered.taken-by",
                "acknowledgement",
                "session, or push.resume.enabled: true, because clients acknowledge cursors");
        if (!summaryInterval.isZero()) {
            Check.range("push.summary-interval", summaryInterval, Duration.ofSeconds(1), Duration.ofHours(24));
        }
    }

    /** How long an event is kept: a quiet client's cursor may be as old as the ping that brought it. */
    public Duration replayKeep() {
        return replay.window().plus(socket.pingInterval());
    }

    /** How far back a node reads at its start: what it keeps, and as long before that for ids that come again. */
    public Duration lookBack() {
        return replayKeep().multipliedBy(2);
    }

    /** Where the nodes tell each other what was taken. */
    public String receiptsTopic() {
        String topic = undelivered.receiptsTopic();
        return topic == null ? kafka.topic() + "-receipts" : topic;
    }

    /** How deep a record is checked. */
    public enum Validation {
        /** Its own fields; {@code data} passes unread. */
        ENVELOPE,
        /** Also {@code data}, where its type has a schema. */
        FULL
    }

    /**
     * The HTTP door for producers.
     *
     * @param enabled Whether POST /api accepts events and produces them to the topic.
     */
    public record ApiSettings(@DefaultValue("false") boolean enabled) {}

    /**
     * The page to try the bridge on.
     *
     * @param enabled Whether the page is served; it can produce events and log in as anybody.
     */
    public record PageSettings(@DefaultValue("false") boolean enabled) {}
}
