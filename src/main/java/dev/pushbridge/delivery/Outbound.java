package dev.pushbridge.delivery;

import dev.pushbridge.event.Position;

/** The way out to the sockets: sends off, in one go per event loop, what the sessions have taken since the last flush. */
public interface Outbound {
    /**
     * Called under the dispatcher's lock: at the end of each batch of records, and where a login needs it. May wait while
     * an event loop has more than its bound of frames before it; never waits for a socket.
     */
    void flush();

    /**
     * Parts what the sessions take from now on from what they have taken: it comes to an event loop behind whatever the loop
     * is given from now on, such as the answer to a login. Without it, it may leave together with what was flushed. Called
     * under the dispatcher's lock.
     */
    void fence();

    /**
     * Says how far everything is that was flushed, and {@linkplain #fence parted}, by now. Called under the dispatcher's
     * lock, now and then.
     */
    void reached(Position position);
}
