package dev.pushbridge.socket;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Logins;
import dev.pushbridge.delivery.Outbound;
import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a server without Kafka: the dispatcher, which a test feeds by hand, and the logins. Who goes past the
 * dispatcher, whose lock the way out relies on, holds this one.
 */
final class TestDelivery implements Outbound, AutoCloseable {
    /** How long a login may wait for the node, unless a test says so. */
    static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Dispatcher dispatcher;
    private final Logins logins;
    private volatile @Nullable SocketServer server;

    /** With a topic of the number 7 that has one partition and nothing in it. */
    TestDelivery(SessionRegistry registry, PushMetrics metrics, int socketsPerToken) {
        this(registry, metrics, socketsPerToken, PATIENCE);
    }

    /** Likewise. */
    TestDelivery(SessionRegistry registry, PushMetrics metrics, int socketsPerToken, Duration patience) {
        ResumeSettings resume = new ResumeSettings(true, List.of(), Duration.ofHours(1));
        dispatcher = new Dispatcher(
                registry,
                new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 16 << 20),
                this,
                metrics,
                resume,
                Receipts.UNHEARD);
        logins = new Logins(dispatcher, registry, socketsPerToken, patience);
        dispatcher.begin(7);
        dispatcher.begin(0, 0);
        dispatcher.ready();
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Logins logins() {
        return logins;
    }

    /** Past the dispatcher. */
    synchronized void send(Session[] sessions, Frame frame) {
        for (Session session : sessions) {
            session.send(frame);
        }
        flush();
    }

    /** The way out: the server cannot be there before its application, nor that before the logins. */
    void goesOutBy(SocketServer way) {
        server = way;
    }

    @Override
    public synchronized void flush() {
        SocketServer way = server;
        if (way != null) {
            way.flush();
        }
    }

    @Override
    public synchronized void fence() {
        SocketServer way = server;
        if (way != null) {
            way.fence();
        }
    }

    @Override
    public void reached(Position position) {
        SocketServer way = server;
        if (way != null) {
            way.reached(position);
        }
    }

    @Override
    public void close() {
        logins.close();
    }
}
