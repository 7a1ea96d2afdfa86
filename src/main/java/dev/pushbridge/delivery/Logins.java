package dev.pushbridge.delivery;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.Missed;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes logins and logouts one after the other, and what clients acknowledge, on a thread that may wait for the
 * dispatcher. An event loop must not: the dispatcher itself may wait for a loop.
 *
 * <p>A login of which this node knows too little yet, because it has just started or because another node has read
 * further, waits at the side for some time. A session has at most one of each in here, so that all of it is bounded by the
 * connections.
 */
public final class Logins implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Logins.class);
    /** How often a login is tried that this node knows too little of. */
    private static final long RETRY_NANOS = MILLISECONDS.toNanos(20);

    private static final long LOG_INTERVAL_NANOS = SECONDS.toNanos(1);

    private final Dispatcher dispatcher;
    private final SessionRegistry registry;
    private final int socketsPerToken;
    private final long patienceNanos;
    private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    /** The thread's own, as the next. */
    private List<Entry> early = new ArrayList<>();
    /** The tokens of those among them that were in and are out for as long as they wait: each still has its place. */
    private final Map<Session, String> keptBack = new HashMap<>();

    private long triedNanos = System.nanoTime();
    private long lastFault = System.nanoTime() - LOG_INTERVAL_NANOS;

    private final Thread thread = new Thread(this::run, "push-logins");
    private volatile boolean closed;

    /**
     * Begins at once.
     *
     * @param socketsPerToken how many sessions one token may have here, or 0 for any number
     * @param patience how long a login may wait for this node
     */
    public Logins(Dispatcher dispatcher, SessionRegistry registry, int socketsPerToken, Duration patience) {
        this.dispatcher = dispatcher;
        this.registry = registry;
        this.socketsPerToken = socketsPerToken;
        this.patienceNanos = patience.toNanos();
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Enters the session under its token, together with what it has missed. From any thread; the session's next login or
     * logout is its caller's to keep back until the answer.
     *
     * @param since where the client is, or null if it does not say
     */
    public void login(Session session, Login login, @Nullable Cursor since, LoginAnswer answer) {
        Entry entry = new Entry(session, login, since, answer, System.nanoTime());
        queue.add(() -> attempt(session, () -> enter(entry)));
    }

    /** Gives up what the session still waits for: it has ended, and nobody is there to be answered. From any thread. */
    public void forget(Session session) {
        queue.add(() -> {
            keptBack.remove(session);
            early.removeIf(entry -> entry.session == session);
        });
    }

    /** Takes the session out, behind everything that is for it. As {@link #login}. */
    public void logout(Session session, LogoutAnswer answer) {
        queue.add(() -> attempt(session, () -> dispatcher.leave(session, answer)));
    }

    /** Whether anybody wants to know what clients acknowledge. From any thread. */
    public boolean wantAcknowledgements() {
        return dispatcher.wantsAcknowledgements();
    }

    /** Takes the word of a client that it has everything before the cursor. From its session's loop. */
    public void acknowledged(Session session, Holdings holdings, Cursor cursor) {
        if (holdings.add(cursor)) {
            queue.add(() -> attempt(session, () -> dispatcher.acknowledged(holdings)));
        }
    }

    /**
     * What becomes of a login: one of these, once, on a thread that must not wait; hands on to the session's loop. None, if
     * the session was forgotten meanwhile.
     */
    public interface LoginAnswer {
        /**
         * The session is in the registry. If its loop has stopped, and this throws {@link RejectedExecutionException}, the
         * login is undone.
         */
        void loggedIn(LoggedIn login);

        /** The token has so many sessions here already, and may have no more. Nothing has changed. */
        void tooMany(int limit);

        /** This node has not read as far as the client has, and the client should try again, here or elsewhere. */
        void tooEarly();
    }

    /** As {@link LoginAnswer}. */
    @FunctionalInterface
    public interface LogoutAnswer {
        void loggedOut(boolean wasLoggedIn);
    }

    /**
     * What came of a login.
     *
     * @param replaced whether it took the place of another one of the same session
     * @param sessions how many sessions the token has on this node with it
     * @param goesOn whether the session had the same token before, and goes on with what is sent to it
     * @param recovered whether the client said where it was, and was heard, and has everything since then with
     *     {@code missed}
     * @param resync why it does not have everything, if it said where it was, and was heard
     * @param missed what is to be sent before anything else
     * @param position where live events begin
     * @param cursor where the client is before it gets what it missed; null where cursors are switched off
     */
    public record LoggedIn(
            boolean replaced,
            int sessions,
            boolean goesOn,
            boolean recovered,
            @Nullable ResyncReason resync,
            Missed missed,
            Position position,
            @Nullable String cursor) {}

    /** A login on its way. */
    record Entry(Session session, Login login, @Nullable Cursor since, LoginAnswer answer, long askedNanos) {}

    private void run() {
        try {
            while (!closed) {
                Runnable next = early.isEmpty() ? queue.take() : queue.poll(RETRY_NANOS, NANOSECONDS);
                if (next != null) {
                    next.run();
                }
                if (!early.isEmpty() && System.nanoTime() - triedNanos >= RETRY_NANOS) {
                    tryAgain(); // also while others never stop coming
                }
            }
        } catch (InterruptedException e) {
            log.debug("Stopping", e);
        }
    }

    private void tryAgain() {
        triedNanos = System.nanoTime();
        List<Entry> entries = early;
        early = new ArrayList<>();
        entries.forEach(entry -> attempt(entry.session, () -> enter(entry)));
    }

    private void enter(Entry entry) {
        Session session = entry.session;
        String token = entry.login.token();
        boolean hasPlace = keptBack.remove(session) != null || isIn(session, token);
        if (!hasPlace && isFull(token, session.id())) {
            entry.answer.tooMany(socketsPerToken);
            return;
        }
        if (dispatcher.enter(entry)) {
            return;
        }
        if (System.nanoTime() - entry.askedNanos >= patienceNanos) {
            entry.answer.tooEarly();
            return;
        }
        early.add(entry);
        if (hasPlace && !isIn(session, token)) {
            keptBack.put(session, token);
        }
    }

    /** Only this thread enters sessions, and takes out who waits in here. */
    private boolean isIn(Session session, String token) {
        Login login = registry.loginOf(session);
        return login != null && login.token().equals(token);
    }

    /** Whether others have all places of a token. One that is to be superseded, because its client is back, makes room. */
    private boolean isFull(String token, String id) {
        if (socketsPerToken == 0) {
            return false;
        }
        int others = 0;
        for (Session other : registry.sessionsOf(token)) {
            others += other.id().equals(id) ? 0 : 1;
        }
        for (Map.Entry<Session, String> kept : keptBack.entrySet()) {
            others += kept.getKey().id().equals(id) || !kept.getValue().equals(token) ? 0 : 1;
        }
        return others >= socketsPerToken;
    }

    /** A fault may end the session that it is about, and not this thread, which every login needs. */
    private void attempt(Session session, Runnable step) {
        try {
            step.run();
        } catch (RejectedExecutionException stopped) {
            log.debug("A loop has stopped", stopped);
            registry.logout(session);
        } catch (RuntimeException | Error fault) {
            tell(fault);
            registry.logout(session);
            session.end(SessionEnd.INTERNAL);
        }
    }

    /** The first of a second with its stack; the others are among the sessions that ended so. */
    private void tell(Throwable fault) {
        long now = System.nanoTime();
        if (now - lastFault >= LOG_INTERVAL_NANOS) {
            lastFault = now;
            log.error("Failed at a login, a logout or an acknowledgement", fault);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
