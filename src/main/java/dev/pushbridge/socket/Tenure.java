package dev.pushbridge.socket;

/** How long a socket's login lasts, in milliseconds of {@link Loop#now}. On the session's loop. */
final class Tenure {
    private final long endMillis;
    private long warnMillis;

    Tenure(long warnMillis, long endMillis) {
        this.warnMillis = warnMillis;
        this.endMillis = endMillis;
    }

    /** When something is to be done next, if the end is put off for so long. */
    long deadline(long graceMillis) {
        return Math.min(warnMillis, endMillis + graceMillis);
    }

    boolean isOver(long nowMillis) {
        return nowMillis >= endMillis;
    }

    /** The client is told now, and not again. */
    void warned() {
        warnMillis = Long.MAX_VALUE;
    }
}
