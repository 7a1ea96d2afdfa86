package dev.pushbridge.event;

/**
 * In which order the parts of a node stop, from the first on; they start in the reverse. Each is a phase of the
 * application's life: what is in one stops when all that is in those before it has stopped, however long that takes, and
 * within one there is no order to count on.
 *
 * <p>By the time that the first begins, readiness is down, so that load balancers send nobody new. At the start the
 * sockets do not wait for those behind them, nor for the web servers: who comes before the tail has read what was there is
 * connected, and its login waits.
 */
public enum StopOrder {
    /**
     * Nobody new is let in; who is here is told to go, a few at a time, and until then is pushed to. Before that the
     * canary, which has a socket of its own.
     */
    SOCKETS(Integer.MAX_VALUE),
    /** What the sockets live by until the last one is gone: the tail of the events, and that of the revocations. */
    TAILS(Integer.MAX_VALUE - 1),
    /** What is done once for all nodes, and by the others from here on: nobody at this node waits for it. */
    GROUPS(Integer.MAX_VALUE - 2),
    // Spring Boot's own web servers follow: page, door and management port answer until here.
    /** The receipts of what was taken until the end. */
    RECEIPTS(0),
    /** The summary in the log, which has what the stop itself did. */
    SUMMARY(Integer.MIN_VALUE);

    private final int phase;

    StopOrder(int phase) {
        this.phase = phase;
    }

    /** As Spring's {@code SmartLifecycle} wants it. */
    public int phase() {
        return phase;
    }
}
