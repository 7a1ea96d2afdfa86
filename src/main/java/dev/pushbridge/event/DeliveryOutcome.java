package dev.pushbridge.event;

/** How a delivery (one event to one session) can end. Every delivery ends in exactly one of these. */
public enum DeliveryOutcome {
    /** Written to the session's connection. */
    WRITTEN("written"),
    /** Refused, or dropped unwritten, because the session's backlog was over its bound; the session was closed. */
    SLOW("slow"),
    /** The session closed before the delivery was written. */
    CLOSED("closed");

    private final String word;

    DeliveryOutcome(String word) {
        this.word = word;
    }

    /** The one name of this outcome in metrics, logs and the README. */
    public String word() {
        return word;
    }
}
