package dev.pushbridge.session;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.SessionEnd;

/**
 * One open socket of a browser, as the rest of the bridge sees it. Compared by identity.
 */
public interface Session {
    /** The public {@code socket.id}; never the Engine.IO session id, which is a secret. */
    String id();

    /**
     * Takes one delivery: the frame leaves with the next flush of the dispatcher's outbound. Never blocks, and ends
     * in exactly one {@code DeliveryOutcome}. Called by the dispatching thread only.
     */
    void send(Frame frame);

    /** Ends the session, as soon as its event loop gets to it. From any thread. */
    void end(SessionEnd end);
}
