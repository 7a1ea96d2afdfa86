package dev.pushbridge.event;

/** A record that is not an event. The message shows value and expectation, and never a token or the data. */
public final class InvalidEventException extends Exception {
    private final InvalidReason reason;

    public InvalidEventException(InvalidReason reason, String detail) {
        super(detail, null, false, false); // no stack: thrown per bad record, read by people and not by debuggers
        this.reason = reason;
    }

    public InvalidReason reason() {
        return reason;
    }
}
