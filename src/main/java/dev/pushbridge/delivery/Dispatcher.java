package dev.pushbridge.delivery;

import dev.pushbridge.delivery.Logins.Entry;
import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.Missed;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.replay.ReplayWindow.Repeat;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Takes one event to every session of every recipient, and into the replay window.
 *
 * <p><b>Concurrency.</b> Two threads come here: the topic's tail, for each record, and that of the {@link Logins}, for each
 * login. One lock makes a record and a login each one step: a login finds what its client has missed in the window, enters
 * the registry, and hands the missed events to the session's loop; what is dispatched after that comes to the same loop
 * behind them ({@link Outbound#fence}). So no event falls between them, and none is sent twice. The lock is fair, or a
 * busy tail would keep the logins out, and event loops never take it: its holder may wait for one of them
 * ({@link Outbound#flush}).
 */
@Component
public final class Dispatcher {
    /** How often the loops are told how far everything is that they were handed. */
    private static final long POSITION_NANOS = 1_000_000_000;

    private final SessionRegistry registry;
    private final ReplayWindow window;
    private final Outbound outbound;
    private final PushMetrics metrics;
    private final boolean resuming;
    private final Receipts receipts;

    private final ReentrantLock lock = new ReentrantLock(true);
    private final FrameEncoder encoder = new FrameEncoder();
    /** Whether the window has what it is to have from the start; logins wait for it. */
    private boolean ready;
    /** Whether sessions have seen another topic of this name. */
    private boolean topicReplaced;

    private long toldNanos = System.nanoTime();
    private long toldSequence = -1;

    /** The ends of the topic's partitions, and when they were asked for; null until somebody wanted them. */
    private long @Nullable [] topicEnds;

    private long topicEndsNanos;
    private volatile boolean topicEndsWanted;

    public Dispatcher(
            SessionRegistry registry,
            ReplayWindow window,
            Outbound outbound,
            PushMetrics metrics,
            ResumeSettings resume,
            Receipts receipts) {
        this.registry = registry;
        this.window = window;
        this.outbound = outbound;
        this.metrics = metrics;
        this.resuming = resume.enabled();
        this.receipts = receipts;
    }

    // ---- for the topic's tail

    /**
     * Begins with a topic: what comes until {@link #ready} was there before, and is for the window only.
     *
     * @param topic tells it from any other topic, also from one that had its name before
     */
    public void begin(int topic) {
        lock.lock();
        try {
            topicReplaced = ready || topicReplaced;
            ready = false;
            window.begin(topic);
        } finally {
            lock.unlock();
        }
    }

    /** Begins with a partition: the first offset that will be read. */
    public void begin(int partition, long offset) {
        lock.lock();
        try {
            window.begin(partition, offset);
        } finally {
            lock.unlock();
        }
    }

    /** Takes an event that was there before this node was. As {@link #dispatch}. */
    public void refill(int partition, long offset, long made, long came, PushEvent event) {
        lock.lock();
        try {
            record(partition, offset, made, came, event);
        } finally {
            lock.unlock();
        }
    }

    /** From now on events are dispatched and logins taken. */
    public void ready() {
        lock.lock();
        try {
            ready = true;
            toldNanos = System.nanoTime() - POSITION_NANOS;
            if (topicReplaced) {
                topicReplaced = false;
                resyncEverybody(ResyncReason.TOPIC); // before anybody has a cursor of the new topic
            }
            tellPosition();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands the event to its sessions; they keep it until {@link #flush}.
     *
     * @param made the record's timestamp, in milliseconds since 1970; less than 0 if it has none
     * @param came when it came here, in the same
     * @param journey the event's, if it is followed
     */
    public RecordOutcome dispatch(
            int partition, long offset, long made, long came, PushEvent event, @Nullable Journey journey) {
        lock.lock();
        try {
            Repeat repeat = record(partition, offset, made, came, event);
            if (repeat == null) {
                return deliver(partition, offset, event, journey);
            }
            receipts.repeated(repeat.partition(), repeat.offset());
            if (repeat.isOfOriginal()) {
                handOn(partition, offset, event, repeat.original());
            }
            return RecordOutcome.DUPLICATE;
        } finally {
            lock.unlock();
        }
    }

    /** Gives up an event that it has failed at: its recipients here are told, and whoever comes back to before it. */
    public void failed(int partition, long offset, PushEvent event) {
        lock.lock();
        try {
            window.begin(partition, offset + 1);
            if (ready) {
                outbound.flush();
                outbound.fence();
                for (String token : event.tokens()) {
                    for (Session session : registry.sessionsOf(token)) {
                        resync(session, ResyncReason.FAILED, window.position());
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says that everything before this offset was read, also what was no event. */
    public void reach(int partition, long offset) {
        lock.lock();
        try {
            window.reach(partition, offset);
        } finally {
            lock.unlock();
        }
    }

    /** Goes on at this offset; what was before it is gone, and nobody has read it. */
    public void lost(int partition, long offset) {
        lock.lock();
        try {
            window.begin(partition, offset);
            if (ready) {
                resyncEverybody(ResyncReason.LOST);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends a batch: what was handed out since the last flush goes to the sockets. Called often, also without records. */
    public void flush() {
        lock.lock();
        try {
            outbound.flush();
            tellPosition();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a client says that it is further than this node. From any thread. */
    public boolean wantsTopicEnds() {
        return topicEndsWanted;
    }

    /** Takes the ends of all partitions; {@code askedNanos} is {@link System#nanoTime} before the broker was asked. */
    public void topicEnds(long[] ends, long askedNanos) {
        lock.lock();
        try {
            topicEnds = ends;
            topicEndsNanos = askedNanos;
            topicEndsWanted = false;
        } finally {
            lock.unlock();
        }
    }

    /** Takes it into the window; null if it is no repeat. */
    private @Nullable Repeat record(int partition, long offset, long made, long came, PushEvent event) {
        window.advance(made, came);
        window.reach(partition, offset + 1);
        Repeat repeat = window.repeat(partition, offset, event);
        if (repeat == null) {
            encoder.encode(event);
            window.add(partition, offset, event, encoder.payload(), encoder.size());
        }
        return repeat;
    }

    /** Who has the event has it at this place, which counts from now on. */
    private void handOn(int partition, long offset, PushEvent event, long original) {
        for (String token : event.tokens()) {
            for (Session session : registry.sessionsOf(token)) {
                Login login = registry.loginOf(session);
                if (login != null && original != 0 && window.isWith(original, login.from(), login.since())) {
                    receipts.handed(partition, offset, token);
                    break;
                }
            }
        }
    }

    private RecordOutcome deliver(int partition, long offset, PushEvent event, @Nullable Journey journey) {
        Frame frame = null;
        List<String> tokens = event.tokens();
        int deliveries = 0;
        try {
            for (int i = 0; i < tokens.size(); i++) {
                // A session has one token and a record's tokens are distinct, so no session comes up twice.
                Session[] sessions = registry.sessionsOf(tokens.get(i));
                for (Session session : sessions) {
                    frame = closedOnce(frame, journey);
                    session.send(frame);
                    deliveries++;
                }
                if (sessions.length > 0) {
                    receipts.handed(partition, offset, tokens.get(i));
                }
            }
        } finally {
            if (deliveries > 0) {
                metrics.deliveriesStarted(deliveries);
            }
        }
        return deliveries > 0 ? RecordOutcome.DISPATCHED : RecordOutcome.OFFLINE;
    }

    /** The encoded payload with the cursor, when the first session is found. */
    private Frame closedOnce(@Nullable Frame closed, @Nullable Journey journey) {
        if (closed != null) {
            return closed;
        }
        Frame frame = Frame.of(encoder.payload(), 0, encoder.size(), resuming ? window.position() : null);
        return journey == null ? frame : frame.on(journey);
    }

    private void tellPosition() {
        long now = System.nanoTime();
        if (resuming
                && ready
                && now - toldNanos >= POSITION_NANOS
                && window.position().sequence() != toldSequence) {
            toldNanos = now;
            toldSequence = window.position().sequence();
            outbound.fence(); // or what was flushed could come to a loop behind the word that it was
            outbound.reached(window.position());
        }
    }

    private void resyncEverybody(ResyncReason reason) {
        outbound.flush();
        outbound.fence();
        Position now = window.position();
        registry.forEach((session, login) -> resync(session, reason, now));
    }

    private void resync(Session session, ResyncReason reason, Position now) {
        metrics.resync(reason);
        session.resync(reason, now);
    }

    // ---- for the logins

    /** Takes the login, and has it answered; or returns false if this node has not read as far as the client has. */
    boolean enter(Entry entry) {
        lock.lock();
        try {
            if (!ready) {
                return false;
            }
            Cursor since = resuming ? entry.since() : null;
            if (since == null || window.hasReached(since)) {
                enter(entry, since, since == null ? null : window.gapAfter(since));
                return true;
            }
            long[] ends = topicEnds;
            if (ends == null || topicEndsNanos - entry.askedNanos() < 0) {
                topicEndsWanted = true;
                keepBack(entry);
                return false;
            }
            if (window.isBefore(since, ends)) {
                keepBack(entry);
                return false;
            }
            enter(entry, since, ResyncReason.AHEAD);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void enter(Entry entry, @Nullable Cursor since, @Nullable ResyncReason gap) {
        Session session = entry.session();
        String token = entry.login().token();
        Login before = registry.loginOf(session);
        Login same = before != null && before.token().equals(token) ? before : null;
        Cursor heard = same != null && same.answered() ? null : since;
        boolean goesOn = same != null && !(heard != null && isStillToBegin(same));
        ResyncReason resync = heard == null ? null : gap;
        if (same != null
                && goesOn
                && heard != null
                && resync == null
                && window.lacksAny(token, heard, same.from(), same.since())) {
            resync = ResyncReason.LATE;
        }
        Missed missed = goesOn || heard == null || resync != null ? Missed.nothing() : window.missed(token, heard);
        Login login = same != null && goesOn
                ? entry.login().beginning(same.from(), same.since())
                : entry.login().beginning(window.end(), missed.remaining() > 0 ? heard : null);
        boolean answered = resync != null || (same != null && same.answered());
        Login replaced = registry.login(session, answered ? login.asAnswered() : login);
        if (replaced != null) {
            outbound.flush(); // what was for the login before goes before the answer to this one
        }
        outbound.fence(); // and what is for this one goes behind it
        supersede(session, token);
        if (heard != null) {
            count(resync, missed);
        }
        window.forEachPlace(missed, (partition, offset) -> receipts.handed(partition, offset, token));
        Position position = window.position();
        String cursor = heard != null && missed.remaining() > 0 ? heard.text() : position.cursor();
        entry.answer()
                .loggedIn(new LoggedIn(
                        replaced != null,
                        registry.sessionsOf(token).length,
                        goesOn,
                        heard != null && resync == null,
                        resync,
                        missed,
                        position,
                        resuming ? cursor : null));
    }

    /** Until the page is heard, nothing is to come to it: this node is behind it, and what it reads next the page may have. */
    private void keepBack(Entry entry) {
        Login login = registry.loginOf(entry.session());
        if (login != null
                && login.token().equals(entry.login().token())
                && !login.answered()
                && isStillToBegin(login)) {
            registry.logout(entry.session());
        }
    }

    /**
     * Whether nothing was sent under the login. The page of a stock client may log in with its connect, and say only then
     * where it was: as long as nothing has come, what it had missed comes first.
     */
    private boolean isStillToBegin(Login login) {
        return login.since() == null && !window.hasAny(login.token(), login.from());
    }

    // ---- for what clients acknowledge

    /** Whether it is of use to anybody. From any thread. */
    boolean wantsAcknowledgements() {
        return receipts.wantsAcknowledgements();
    }

    /** Tells the receipts which events of the window a client has, as far as they came to it under its login. */
    void acknowledged(Holdings holdings) {
        lock.lock();
        try {
            Cursor before = holdings.heard();
            Cursor has = holdings.hear();
            if (has != null) {
                Login login = holdings.login();
                window.forEachHad(
                        login.token(),
                        login.from(),
                        login.since(),
                        before,
                        has,
                        (partition, offset) -> receipts.acknowledged(partition, offset, login.token()));
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- for whoever asks

    /** Looks at window and sessions between two records, when all that was handed out is with the event loops. Briefly. */
    <T extends @Nullable Object> T look(BiFunction<ReplayWindow, SessionRegistry, T> look) {
        lock.lock();
        try {
            outbound.flush();
            outbound.fence();
            return look.apply(window, registry);
        } finally {
            lock.unlock();
        }
    }

    /** A client that is back on a new connection, with the same id, has left the one it had, whatever that one knows. */
    private void supersede(Session session, String token) {
        for (Session other : registry.sessionsOf(token)) {
            if (other != session && other.id().equals(session.id())) {
                registry.logout(other);
                other.end(SessionEnd.SUPERSEDED);
            }
        }
    }

    private void count(@Nullable ResyncReason gap, Missed missed) {
        if (gap != null) {
            metrics.resync(gap);
        } else {
            metrics.recovered(missed.remaining());
        }
    }

    /** Takes the session out, and has it answered behind everything that was for it. */
    void leave(Session session, Logins.LogoutAnswer answer) {
        lock.lock();
        try {
            Login ended = registry.logout(session);
            outbound.flush();
            outbound.fence();
            answer.loggedOut(ended != null);
        } finally {
            lock.unlock();
        }
    }
}
