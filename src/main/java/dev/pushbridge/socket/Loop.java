package dev.pushbridge.socket;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.metrics.PushMetrics;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One event loop, and everything that the sessions on it share: deadlines, the way in for deliveries, spare parts.
 *
 * <p><b>Concurrency.</b> A session lives on one loop from its handshake to its end, and everything of it happens there:
 * packets in, packets out, deadlines, login, end. Whatever comes from elsewhere (a poll on a connection of another
 * loop, the dispatcher's deliveries) hops over first. So nothing of a session is locked, and what one event leads to is
 * done before the next is looked at. Only what says so may be read from other threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class Loop {
    private static final int SPARE_BACKLOGS = 4096;

    private final EventLoop executor;
    private final PushMetrics metrics;
    private final Ledger ledger;
    private final Wheel wheel;
    private final Outbox outbox;
    private final SecureRandom random = new SecureRandom();
    private final Deque<Backlog> spareBacklogs = new ArrayDeque<>();
    /** Written by this loop only; read by all. */
    private final AtomicInteger sessions = new AtomicInteger();
    /** Written by this loop only; read by all. */
    private final AtomicLong queuedBytes = new AtomicLong();

    private @Nullable Deflate deflate;
    /** What was asked for last, in a batch that lasts or by somebody who still holds it. */
    private @Nullable Packet delivery;

    private @Nullable Packet deliveryWithoutCursor;

    private int written;
    private int slow;
    private int closed;

    private boolean inBatch;
    private @Nullable Reached reached;

    /**
     * How far everything is that came to this loop.
     *
     * @param packet an event of its own, for clients who get no other
     * @param mostCharacters how long a cursor may be that has as many partitions
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by all sockets, never compared
    record Reached(Position position, byte[] packet, int mostCharacters) {}

    Loop(EventLoop executor, PushMetrics metrics, Ledger ledger, long tickMillis) {
        this.executor = executor;
        this.metrics = metrics;
        this.ledger = ledger;
        this.wheel = new Wheel(tickMillis, now());
        this.outbox = new Outbox(this);
        executor.scheduleAtFixedRate(this::tick, tickMillis, tickMillis, TimeUnit.MILLISECONDS);
    }

    /** A fault may not get out: it would be the executor's last tick, and the end of every deadline here. */
    private void tick() {
        try {
            wheel.advance(now());
        } catch (RuntimeException | Error e) {
            ledger.fault("minding deadlines", e);
        }
    }

    /** Milliseconds of a clock that only goes forward. From any thread. */
    long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) + Integer.MAX_VALUE;
    }

    /** From any thread. */
    EventLoop executor() {
        return executor;
    }

    /** Runs the step on this loop: now if we are there, else as soon as its turn comes. From any thread. */
    void run(Runnable step) {
        if (executor.inEventLoop()) {
            step.run();
        } else {
            executor.execute(step);
        }
    }

    /** Under the dispatcher's lock. */
    Outbox outbox() {
        return outbox;
    }

    Wheel wheel() {
        return wheel;
    }

    /** An event's packet. Its recipients come one after the other, if not in one batch, and share it. */
    Packet delivery(Frame frame) {
        Packet last = delivery;
        if (last == null || last.bytes() != frame.packet()) {
            last = delivery = new Packet(Packet.Kind.DELIVERY, frame.packet());
        }
        return last;
    }

    /** The same for clients that have no use for a cursor. */
    Packet deliveryWithoutCursor(Frame frame) {
        Packet last = deliveryWithoutCursor;
        if (last == null || last.bytes() != frame.packetWithoutCursor()) {
            last = deliveryWithoutCursor = new Packet(Packet.Kind.DELIVERY, frame.packetWithoutCursor());
        }
        return last;
    }

    /** Made when the first socket needs it: by default none ever does. */
    Deflate deflate() {
        Deflate made = deflate;
        if (made == null) {
            made = deflate = new Deflate();
        }
        return made;
    }

    /** An id of 120 random bits, in 20 characters that need no escape in a URL. */
    String newId() {
        byte[] bits = new byte[15];
        random.nextBytes(bits);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    void sessionOpened() {
        sessions.lazySet(sessions.get() + 1);
    }

    void sessionEnded() {
        sessions.lazySet(sessions.get() - 1);
    }

    /** From any thread. */
    int sessions() {
        return sessions.get();
    }

    void forEachSession(Consumer<EngineSession> reader) {
        wheel.forEach(entry -> {
            if (entry instanceof EngineSession session && session.isOpen()) {
                reader.accept(session);
            }
        });
    }

    void queued(long bytes) {
        queuedBytes.lazySet(queuedBytes.get() + bytes);
    }

    /** Bytes that wait for the clients of this loop, here or in Netty. From any thread. */
    long queuedBytes() {
        return queuedBytes.get();
    }

    /** From any thread. */
    int waitingTasks() {
        return executor instanceof SingleThreadEventExecutor thread ? thread.pendingTasks() : 0;
    }

    Backlog takeBacklog() {
        Backlog spare = spareBacklogs.pollLast();
        return spare != null ? spare : new Backlog();
    }

    void giveBack(@Nullable Backlog backlog) {
        if (backlog != null && backlog.isSmall() && spareBacklogs.size() < SPARE_BACKLOGS) {
            spareBacklogs.addLast(backlog);
        }
    }

    /** Counts ends of deliveries; those of one batch are added up before they reach the shared counter. */
    void deliveries(DeliveryOutcome outcome, int count) {
        switch (outcome) {
            case WRITTEN -> written += count;
            case SLOW -> slow += count;
            case CLOSED -> closed += count;
        }
        if (!inBatch) {
            report();
        }
    }

    /** Counts deliveries that never reached the loop because it has stopped. From any thread. */
    void deliveriesLost(int count) {
        metrics.deliveries(DeliveryOutcome.CLOSED, count);
    }

    void reached(Reached further) {
        reached = further;
    }

    @Nullable Reached reached() {
        return reached;
    }

    void batchBegins() {
        inBatch = true;
    }

    void batchEnds() {
        inBatch = false;
        delivery = underWayOrNull(delivery);
        deliveryWithoutCursor = underWayOrNull(deliveryWithoutCursor);
        report();
    }

    private static @Nullable Packet underWayOrNull(@Nullable Packet packet) {
        return packet != null && packet.isUnderWay() ? packet : null;
    }

    private void report() {
        report(DeliveryOutcome.WRITTEN, written);
        report(DeliveryOutcome.SLOW, slow);
        report(DeliveryOutcome.CLOSED, closed);
        written = 0;
        slow = 0;
        closed = 0;
    }

    private void report(DeliveryOutcome outcome, int count) {
        if (count > 0) {
            metrics.deliveries(outcome, count);
        }
    }
}
