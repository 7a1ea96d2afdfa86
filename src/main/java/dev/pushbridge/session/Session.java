package dev.pushbridge.session;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import java.util.concurrent.CompletableFuture;

/**
 * One open socket of a browser, as the rest of the bridge sees it. Compared by identity.
 */
public interface Session {
    /** The public {@code socket.id}; never the Engine.IO session id, which is a secret. */
    String id();

    /**
     * Takes one delivery: the frame leaves with the next flush of the dispatcher's outbound. Never blocks, and ends
     * in exactly one {@code DeliveryOutcome}. Called under the dispatcher's lock only.
     */
    void send(Frame frame);

    /** Tells the client that events may be missing that nobody can replay, and where it goes on. From any thread. */
    void resync(ResyncReason reason, Position now);

    /**
     * How far the session is, behind everything that was handed to it before. From any thread; the future fails if the
     * session's loop has stopped.
     */
    CompletableFuture<Progress> progress();

    /**
     * How far a session is.
     *
     * @param unwritten deliveries that were handed to it and are not written yet
     * @param acknowledged the last cursor that its client acknowledged, or ""
     * @param acknowledgedMillis when that was, in milliseconds since 1970
     */
    record Progress(int unwritten, String acknowledged, long acknowledgedMillis) {}

    /** Ends the session, as soon as its event loop gets to it. From any thread. */
    void end(SessionEnd end);
}
