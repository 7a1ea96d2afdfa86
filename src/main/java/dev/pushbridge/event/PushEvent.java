package dev.pushbridge.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened, and the people whom it concerns: a valid record of the topic, decoded.
 *
 * @param tokens the recipients, distinct, in the record's order, at least one
 * @param entityType handed to the browser; {@code ""} where the record has none
 * @param data handed to the browser byte for byte; {@code {}} where the record has none
 * @param type what happened: {@code like}, {@code comment}, {@code follow} or another lower-case name
 * @param id the producer's idempotency key
 * @param occurredAt when it happened: an RFC 3339 date-time, as the producer wrote it
 */
public record PushEvent(
        List<String> tokens,
        String entityType,
        RawJson data,
        @Nullable String type,
        @Nullable String id,
        @Nullable String occurredAt) {
    /** The type of the events that the bridge sends to itself. No schema has this name. */
    public static final String CANARY = "push.canary";

    /** Whether it is of concern to nobody but the node that sent it. */
    public boolean isCanary() {
        return CANARY.equals(type);
    }

    /** Without the tokens, which are secrets, and what is for their eyes only. */
    @Override
    public String toString() {
        return "PushEvent[" + tokens.size() + " tokens, type=" + type + ", id=" + id + "]";
    }
}
