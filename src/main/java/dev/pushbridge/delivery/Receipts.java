package dev.pushbridge.delivery;

/** Hears who has taken what, under the dispatcher's lock; never blocks. */
public interface Receipts {
    /** Nobody wants to know. */
    Receipts UNHEARD = new Receipts() {
        @Override
        public void taken(int partition, long offset, String token) {}

        @Override
        public void repeated(int partition, long offset) {}
    };

    /** An event, by its place in the topic, was handed to a session of this recipient: when it came, or as missed. */
    void taken(int partition, long offset, String token);

    /** An event was the repeat of another, and is nobody's to take. */
    void repeated(int partition, long offset);
}
