package dev.pushbridge.delivery;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Takes one event to every session of every recipient. One thread at a time calls it: the topic's tail.
 *
 * <p>The frame is encoded when the first session is found, so that an event for nobody costs one lookup per token.
 */
@Component
public final class Dispatcher {
    private final SessionRegistry registry;
    private final Outbound outbound;
    private final PushMetrics metrics;

    public Dispatcher(SessionRegistry registry, Outbound outbound, PushMetrics metrics) {
        this.registry = registry;
        this.outbound = outbound;
        this.metrics = metrics;
    }

    /** Hands the event to its sessions; they keep it until {@link #flush}. */
    public RecordOutcome dispatch(PushEvent event) {
        Frame frame = null;
        List<String> tokens = event.tokens();
        int deliveries = 0;
        for (int i = 0; i < tokens.size(); i++) {
            // A session has one token and a record's tokens are distinct, so no session comes up twice.
            for (Session session : registry.sessionsOf(tokens.get(i))) {
                frame = encodedOnce(frame, event);
                session.send(frame);
                deliveries++;
            }
        }
        metrics.deliveriesStarted(deliveries);
        return deliveries > 0 ? RecordOutcome.DISPATCHED : RecordOutcome.OFFLINE;
    }

    /** Ends a batch: what was handed out since the last flush goes to the sockets. */
    public void flush() {
        outbound.flush();
    }

    private static Frame encodedOnce(@Nullable Frame frame, PushEvent event) {
        return frame != null ? frame : FrameEncoder.encode(event);
    }
}
