package dev.pushbridge.fault;

/** Whose clients meet the fault. */
enum Contender {
    BRIDGE("push-bridge"),
    /** Socket.IO's own server as it comes: who is away misses what is sent. */
    STOCK("socket.io"),
    /** Socket.IO's own server with its connection state recovery, which is in each node's memory. */
    STOCK_WITH_RECOVERY("socket.io, own recovery");

    private final String word;

    Contender(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
