package dev.pushbridge.socket;

import dev.pushbridge.delivery.Outbound;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.event.StopOrder;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.settings.SocketSettings;
import dev.pushbridge.settings.TakenPortException;
import dev.pushbridge.socket.Loop.Reached;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.SmartLifecycle;

/**
 * The Socket.IO server as the bridge starts and stops it, and the dispatcher's way out to its sockets.
 *
 * <p>It starts as soon as everything is put together, before the HTTP ports, which take longer: whoever connects is
 * connected, and its login waits until the tail has read what there is to replay. It stops first ({@link StopOrder}): new
 * clients are refused, those that are here are told to go, a few at a time over {@code push.socket.shutdown-grace}, so that
 * the other nodes do not get them all at once; deliveries go on for those who still wait.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
public final class SocketServer implements SmartInitializingSingleton, SmartLifecycle, Outbound {
    private static final Logger log = LoggerFactory.getLogger(SocketServer.class);
    /** Steps of a paced closing. */
    private static final int SLICES = 20;
    /** How long clients may take to answer the close frame. */
    private static final int GOODBYE_MILLIS = 300;

    private final SocketSettings settings;
    private final List<Endpoint> endpoints;
    private final PushMetrics metrics;
    private final @Nullable Tls tls;
    private final Door door;
    private volatile @Nullable FrontServer server;
    private volatile List<Loop> loops = List.of();
    /** For the loops, if they begin after it. */
    private volatile @Nullable Reached latest;

    /** Whether anybody is let in at all. */
    enum Door {
        OPEN,
        /** In shadow mode. */
        SHUT
    }

    /** Open, and without TLS. */
    SocketServer(SocketSettings settings, List<Endpoint> endpoints, PushMetrics metrics) {
        this(settings, endpoints, metrics, null, Door.OPEN);
    }

    SocketServer(SocketSettings settings, List<Endpoint> endpoints, PushMetrics metrics, @Nullable Tls tls, Door door) {
        this.settings = settings;
        this.endpoints = endpoints;
        this.metrics = metrics;
        this.tls = tls;
        this.door = door;
        metrics.gauge(Meters.CONNECTIONS, () -> {
            FrontServer running = server;
            return running == null ? 0 : running.front().admissions().connections();
        });
        metrics.gauge(Meters.CONNECTIONS_LIMIT, settings.limits()::connections);
        metrics.gauge(Meters.OPEN_SESSIONS, this::sessions);
        metrics.gauge(Meters.BACKLOG_BYTES, () -> {
            FrontServer running = server;
            return running == null ? 0 : running.front().loops().queuedBytes();
        });
        metrics.gauge(Meters.BACKLOG_LIMIT, settings.totalBacklogSize()::toBytes);
        metrics.gauge(Meters.LOOP_TASKS, () -> {
            FrontServer running = server;
            return running == null ? 0 : running.front().loops().waitingTasks();
        });
        metrics.gauge(Meters.NETTY_DIRECT, PooledByteBufAllocator.DEFAULT.metric()::usedDirectMemory);
        metrics.gauge(Meters.NETTY_HEAP, PooledByteBufAllocator.DEFAULT.metric()::usedHeapMemory);
    }

    /** The port that is listened on, also where {@code push.socket.port} is 0. */
    public int port() {
        FrontServer running = server;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running.port();
    }

    /** Open sessions, logged in or not. */
    public int sessions() {
        FrontServer running = server;
        return running == null ? 0 : running.front().loops().sessions();
    }

    @Override
    public void flush() {
        List<Loop> all = loops;
        for (int i = 0; i < all.size(); i++) {
            all.get(i).outbox().flush();
        }
    }

    @Override
    public void fence() {
        List<Loop> all = loops;
        for (int i = 0; i < all.size(); i++) {
            all.get(i).outbox().fence();
        }
    }

    @Override
    public void reached(Position position) {
        Reached reached = new Reached(
                position,
                NamespaceSocket.cursorPacket(position.cursor()),
                Cursor.of(position.cursor()).mostCharacters());
        latest = reached;
        List<Loop> all = loops;
        for (int i = 0; i < all.size(); i++) {
            Loop loop = all.get(i);
            try {
                loop.executor().execute(() -> loop.reached(reached));
            } catch (RejectedExecutionException stopped) {
                log.debug("A loop has stopped", stopped);
            }
        }
    }

    /** Spring finds it running when its phase comes. */
    @Override
    public void afterSingletonsInstantiated() {
        if (isAutoStartup()) {
            start();
        }
    }

    @Override
    public void start() {
        FrontServer starting = FrontServer.of(settings, endpoints, metrics, tls);
        try {
            starting.start();
        } catch (Exception e) {
            starting.stop();
            throw unusable(e);
        }
        Reached known = latest;
        if (known != null) {
            starting.front().loops().all().forEach(loop -> loop.run(() -> loop.reached(known)));
        }
        loops = starting.front().loops().all();
        server = starting;
        log.info(
                "Socket.IO listens on {}:{}{}/{}",
                settings.host(),
                starting.port(),
                settings.path(),
                tls == null ? "" : " with TLS");
    }

    /** Netty hands on the system's exception without declaring it, and of what kind it is depends on the transport. */
    private RuntimeException unusable(Exception e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("in use")) {
            return new TakenPortException("push.socket.port", settings.port(), e);
        }
        return new IllegalStateException(
                "push.socket.host: " + settings.host() + " (expected: an address of this machine), push.socket.port: "
                        + settings.port() + ": " + message,
                e);
    }

    @Override
    public void stop() {
        FrontServer stopping = server;
        if (stopping == null) {
            return;
        }
        stopping.stopAccepting();
        sayGoodbye(stopping);
        server = null;
        stopping.stop();
    }

    private void sayGoodbye(FrontServer stopping) {
        long sliceMillis = settings.shutdownGrace().toMillis() / SLICES;
        List<Loop> all = stopping.front().loops().all();
        CountDownLatch closed = new CountDownLatch(all.size());
        for (Loop loop : all) {
            try {
                loop.run(() -> {
                    Queue<EngineSession> open = new ArrayDeque<>();
                    loop.forEachSession(open::add);
                    closeSlice(loop, open, open.size() / SLICES + 1, sliceMillis, closed);
                });
            } catch (RejectedExecutionException stopped) {
                closed.countDown();
            }
        }
        try {
            closed.await(settings.shutdownGrace().toMillis() + GOODBYE_MILLIS + 1000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeSlice(
            Loop loop, Queue<EngineSession> open, int count, long sliceMillis, CountDownLatch closed) {
        boolean any = !open.isEmpty();
        for (int i = 0; i < count && !open.isEmpty(); i++) {
            open.remove().end(SessionEnd.SHUTDOWN);
        }
        long pause = open.isEmpty() ? GOODBYE_MILLIS : sliceMillis;
        if (any) {
            loop.executor()
                    .schedule(() -> closeSlice(loop, open, count, sliceMillis, closed), pause, TimeUnit.MILLISECONDS);
        } else {
            closed.countDown();
        }
    }

    @Override
    public boolean isAutoStartup() {
        return door == Door.OPEN;
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }

    @Override
    public int getPhase() {
        return StopOrder.SOCKETS.phase();
    }
}
