package dev.pushbridge.settings;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The topics and the group ({@code push.kafka.*}). Servers and security are {@code spring.kafka.*}.
 *
 * @param topic The topic of events. Every node tails every partition of it.
 * @param deadLetterTopic Where records go that are not events. Default: the topic's name and -dlt.
 * @param group The consumer group that does what must be done once per cluster: the dead letters.
 * @param maxRecordSize The largest record value that is an event, 1KB to 16MB.
 * @param groupFetchWait How long the group lets the broker gather records for one fetch, 10ms to 30s; dead letters are that
 *     late.
 * @param partitionCheckInterval How often a node looks for new partitions, and whether a topic was made anew, 1s to 1h.
 */
public record KafkaSettings(
        @DefaultValue("push.events") String topic,
        @Nullable String deadLetterTopic,
        @DefaultValue("push-bridge") String group,
        @DefaultValue("512KB") DataSize maxRecordSize,
        @DefaultValue("1s") Duration groupFetchWait,
        @DefaultValue("30s") Duration partitionCheckInterval) {

    public KafkaSettings {
        Check.topic("push.kafka.topic", topic);
        if (deadLetterTopic == null || deadLetterTopic.isBlank()) {
            deadLetterTopic = topic + "-dlt";
        }
        Check.topic("push.kafka.dead-letter-topic", deadLetterTopic);
        Check.that(
                !deadLetterTopic.equals(topic),
                "push.kafka.dead-letter-topic",
                deadLetterTopic,
                "another topic than push.kafka.topic");
        Check.that(!group.isBlank(), "push.kafka.group", group, "the name of a consumer group");
        Check.range("push.kafka.max-record-size", maxRecordSize, DataSize.ofKilobytes(1), DataSize.ofMegabytes(16));
        Check.range("push.kafka.group-fetch-wait", groupFetchWait, Duration.ofMillis(10), Duration.ofSeconds(30));
        Check.range(
                "push.kafka.partition-check-interval",
                partitionCheckInterval,
                Duration.ofSeconds(1),
                Duration.ofHours(1));
    }

    /** Never null: the constructor fills in the default. */
    @Override
    public String deadLetterTopic() {
        return deadLetterTopic == null ? topic + "-dlt" : deadLetterTopic;
    }
}
