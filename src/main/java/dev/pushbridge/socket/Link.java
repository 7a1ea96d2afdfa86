package dev.pushbridge.socket;

import com.corundumstudio.socketio.Transport;
import dev.pushbridge.event.SessionEnd;

/** How a session's packets travel at present: over a WebSocket, or by polling. Lives on the session's loop. */
interface Link {
    Transport transport();

    /** Whether a packet could leave at once. */
    boolean isReady();

    /** Sends of the session's backlog what can leave now; says what ended to {@link EngineSession#departed}. */
    void drain();

    /**
     * Tells the client that the session has ended, and why. Returns the milliseconds for which {@link #drop} is to wait
     * so that the client can hear it.
     */
    int close(SessionEnd end);

    /** Lets go of what is still open. The last call. */
    void drop();
}
