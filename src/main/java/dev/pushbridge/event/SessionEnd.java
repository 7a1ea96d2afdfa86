package dev.pushbridge.event;

/**
 * How a session can end. Every session ends in exactly one of these.
 *
 * <p>A client on WebSocket gets a close frame with {@link #closeCode} and the word (RFC 6455 section 7.4; 4000 and up are
 * private use), a client on polling the Engine.IO packet {@code close}. Never a Socket.IO {@code DISCONNECT}: after that,
 * the stock client does not come back by itself.
 */
public enum SessionEnd {
    /** The client said goodbye: an Engine.IO close packet or a WebSocket close frame. */
    CLIENT_CLOSE("client_close", 1000),
    /** The connection broke, or a poll was given up, without a goodbye. */
    CONNECTION_LOST("connection_lost", 1006),
    /** No sign of life within {@code push.socket.ping-timeout}; who answers pings and reads none gives none. */
    PING_TIMEOUT("ping_timeout", 4000),
    /**
     * Its backlog was over {@code push.socket.backlog-packets}, {@code -size}, or {@code total-backlog-size}; or what it had
     * missed has been out of the replay window for another {@code push.replay.size}, and it still was not through with it.
     */
    SLOW("slow", 4001),
    /** It was in no namespace for {@code push.socket.limits.connect-timeout}. */
    CONNECT_TIMEOUT("connect_timeout", 4002),
    /** Nobody logged in within {@code push.socket.limits.login-timeout}. */
    LOGIN_TIMEOUT("login_timeout", 4003),
    /** A second poll came while one was waiting. */
    POLL_OVERLAP("poll_overlap", 1002),
    /** The client sent what the protocol does not allow. */
    PROTOCOL("protocol", 1002),
    /** The client sent text that is not UTF-8. */
    NOT_UTF8("not_utf8", 1007),
    /** The client sent more than {@code push.socket.max-payload} in one message. */
    TOO_LARGE("too_large", 1009),
    /** The client sent more than {@code push.socket.limits.packets-per-second}. */
    FLOOD("flood", 1008),
    /** The client asked for more than {@code push.socket.limits.namespaces}. */
    NAMESPACES("namespaces", 1008),
    /** The JSON Web Token that its login rests on has expired. */
    EXPIRED("expired", 4005),
    /** The JSON Web Token that its login rests on was revoked. */
    REVOKED("revoked", 4006),
    /** Its client came back on another connection and took its place. */
    SUPERSEDED("superseded", 4004),
    /** Its client is further than this node, which still reads, and tries again. */
    TOO_EARLY("too_early", 1013),
    /** The bridge stops; another node takes over. */
    SHUTDOWN("shutdown", 1001),
    /** A fault of the bridge. */
    INTERNAL("internal", 1011);

    private final String word;
    private final int closeCode;

    SessionEnd(String word, int closeCode) {
        this.word = word;
        this.closeCode = closeCode;
    }

    /** The one name of this end in metrics, logs, the close frame and the README. */
    public String word() {
        return word;
    }

    /** The WebSocket close code. */
    public int closeCode() {
        return closeCode;
    }
}
