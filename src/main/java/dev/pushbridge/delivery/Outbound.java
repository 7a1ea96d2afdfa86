package dev.pushbridge.delivery;

/** The way out to the sockets: sends off, in one go per event loop, what the sessions have taken since the last flush. */
public interface Outbound {
    /**
     * Called by the dispatching thread at the end of each batch of records. May wait while an event loop has more than
     * its bound of frames before it; never waits for a socket.
     */
    void flush();
}
