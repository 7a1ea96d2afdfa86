package dev.pushbridge.delivery;

/** Hears who has taken what, under the dispatcher's lock; never blocks. */
public interface Receipts {
    /** Nobody wants to know. */
    Receipts UNHEARD = new Receipts() {
        @Override
        public boolean wantsAcknowledgements() {
            return false;
        }

        @Override
        public void handed(int partition, long offset, String token) {}

        @Override
        public void acknowledged(int partition, long offset, String token) {}

        @Override
        public void repeated(int partition, long offset) {}
    };

    /** Whether {@link #acknowledged} is of use to anybody: to find out costs a look at the window. From any thread. */
    boolean wantsAcknowledgements();

    /** An event, by its place in the topic, was handed to a session of this recipient: when it came, or as missed. */
    void handed(int partition, long offset, String token);

    /** A client of this recipient that was sent the event has said that it has it. */
    void acknowledged(int partition, long offset, String token);

    /**
     * An event has another place, and is nobody's to take at this one. All nodes say so of the same places, all but the least
     * that one event has, in whatever order they have read them.
     */
    void repeated(int partition, long offset);
}
