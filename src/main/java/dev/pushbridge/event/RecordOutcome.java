package dev.pushbridge.event;

/** How a record of the topic can end on this node. Every record ends in exactly one of these. */
public enum RecordOutcome {
    /** Handed to at least one session. */
    DISPATCHED("dispatched"),
    /** None of its recipients has a session on this node. */
    OFFLINE("offline"),
    /** Its id was seen within the replay window. */
    DUPLICATE("duplicate"),
    /** Not an event; it becomes a dead letter. */
    INVALID("invalid"),
    /** The bridge failed at it, which is a fault of its own; its recipients here are told. */
    FAILED("failed");

    private final String word;

    RecordOutcome(String word) {
        this.word = word;
    }

    /** The one name of this outcome in metrics, logs and the README. */
    public String word() {
        return word;
    }
}
