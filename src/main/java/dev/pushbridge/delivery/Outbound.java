package dev.pushbridge.delivery;

import dev.pushbridge.event.Position;

/** The way out to the sockets: sends off, in one go per event loop, what the sessions have taken since the last flush. */
public interface Outbound {
    /**
     * Called under the dispatcher's lock: at the end of each batch of records, and where a login needs it. May wait while
     * an event loop has more than its bound of frames before it; never waits for a socket.
     */
    void flush();

    /** Says how far everything is that was flushed by now. Called under the dispatcher's lock, now and then. */
    void reached(Position position);
}
