package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;
import org.jspecify.annotations.Nullable;

/** What is spoken over an Engine.IO session: Socket.IO, but for tests of Engine.IO alone. On the session's loop. */
interface Conversation {
    /** The session is open and its handshake is on its way. */
    void opened();

    /** A text message, without Engine.IO's packet type. */
    void text(String message) throws ProtocolException;

    void binary(byte[] message) throws ProtocolException;

    /** A ping is on its way, and what is sent now travels with it. */
    default void pinged() {}

    /** When to ask for {@link #overdue}, in the milliseconds of {@link Loop#now}. */
    long deadline();

    /** Why the session is to end by now, or null if it is not. */
    @Nullable SessionEnd overdue(long nowMillis);

    /** The session has ended. The last call, and there is exactly one. */
    void ended(SessionEnd end);
}
