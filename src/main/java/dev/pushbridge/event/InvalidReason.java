package dev.pushbridge.event;

/** Why a record is not an event. The reason of its dead letter. */
public enum InvalidReason {
    /** No value at all: a tombstone. */
    TOMBSTONE("tombstone"),
    /** The value is larger than {@code push.kafka.max-record-size}. */
    TOO_LARGE("too_large"),
    /** The value is not valid UTF-8. */
    NOT_UTF8("not_utf8"),
    /** The value is not one JSON value. */
    NOT_JSON("not_json"),
    /** The value is JSON, but not an object. */
    NOT_OBJECT("not_object"),
    /** Arrays or objects are nested too deep. */
    TOO_DEEP("too_deep"),
    /** A field of the envelope stands twice. */
    DUPLICATE_FIELD("duplicate_field"),
    /** {@code tokens} is missing, empty, too long, or holds something that is not a token. */
    TOKENS("tokens"),
    /** Another field of the envelope has the wrong type or shape. */
    FIELD("field"),
    /** {@code data} violates the schema of the event's type ({@code push.validation: full}). */
    SCHEMA("schema"),
    /** The bridge failed at reading it, which is a fault of its own or of a schema that it was given. */
    FAULT("fault");

    private final String word;

    InvalidReason(String word) {
        this.word = word;
    }

    /** The one name of this reason in headers, metrics, logs and the README. */
    public String word() {
        return word;
    }
}
