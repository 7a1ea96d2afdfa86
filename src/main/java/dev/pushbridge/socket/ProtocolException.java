package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;

/** The client broke a rule, and its session ends. The message is for developers and never holds what was sent. */
final class ProtocolException extends Exception {
    private final SessionEnd end;

    ProtocolException(String message) {
        this(SessionEnd.PROTOCOL, message);
    }

    ProtocolException(SessionEnd end, String message) {
        super(message, null, false, false); // no stack: thrown at the client's will
        this.end = end;
    }

    SessionEnd end() {
        return end;
    }
}
