package dev.pushbridge.event;

/** A part of an event's way to the browser. */
public enum Hop {
    /** From {@code occurredAt} to the record's timestamp: the producer's own delay. */
    PRODUCED("produced"),
    /** From the record's timestamp until this node has read it: producer, broker and tail. */
    READ("read"),
    /** Until it was handed to the event loops of its recipients. */
    DISPATCHED("dispatched"),
    /** Until it was written to the session's connection. */
    WRITTEN("written"),
    /** Until the client has said that it has it, where it does. */
    ACKNOWLEDGED("acknowledged");

    private final String word;

    Hop(String word) {
        this.word = word;
    }

    /** The one name of this hop in metrics, traces and the README. */
    public String word() {
        return word;
    }
}
