package dev.pushbridge.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Hindsight;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.replay.ReplayWindow.Kept;
import dev.pushbridge.replay.ReplayWindow.Search;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Departures.Departure;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tells what became of an event on this node, and what a token has, from what is kept anyway: the replay window, the
 * sessions, and the latest of them that have ended. Nothing is written down per delivery.
 *
 * <p>A session is written to in the order in which events were read, so one figure of it tells all: how many of its
 * deliveries are not written. An event is written when at least as many of those that were handed to the session are newer.
 * The question goes to the session's loop behind everything that was handed to it, as one step with dispatch. That step is
 * bounded: it looks at so many recipients and so many pieces of the window, and all the rest is worked out afterwards.
 */
@Component
public final class Explainer {
    /** The most recipients, sessions and events that one answer has. */
    static final int MOST = 1_000;

    static final int MOST_EVENTS = 20;
    /** The most events of the window that are looked at while dispatch waits. */
    private static final int MOST_LOOKED_AT = 10_000;

    private static final long PATIENCE_SECONDS = 2;

    private final Dispatcher dispatcher;
    private final Departures departures;

    public Explainer(Dispatcher dispatcher, Departures departures) {
        this.dispatcher = dispatcher;
        this.departures = departures;
    }

    /**
     * What became of an event.
     *
     * @param outcome a word of {@link Hindsight}, or null if the window does not have the event
     * @param readAt when this node read it
     * @param deliveries one for each session that it was handed to and that is not forgotten
     */
    public record EventStory(
            int partition,
            long offset,
            @Nullable String outcome,
            @Nullable Instant readAt,
            String meaning,
            List<DeliveryStory> deliveries) {}

    /**
     * What became of a delivery.
     *
     * @param replayed whether it came out of the replay window, and not as the event came
     * @param outcome its word, or "waiting" until it is written
     * @param acknowledged whether the client has said that it has it; null if it never said anything
     */
    public record DeliveryStory(
            String token,
            @Nullable String userId,
            String socketId,
            Instant loggedInAt,
            boolean replayed,
            String outcome,
            @Nullable Boolean acknowledged,
            @Nullable Instant endedAt,
            @Nullable String end) {}

    /** What a token has on this node: its sessions, and its latest events, the latest first. */
    public record TokenStory(List<SessionStory> sessions, List<EventStory> events) {}

    /**
     * A session that is here.
     *
     * @param cursor where the topic was when it was asked: all events before that were handed to the session
     * @param unwritten deliveries that wait to be written
     * @param acknowledged the last cursor that its client acknowledged
     * @param acknowledgedAt when its client last acknowledged something
     */
    public record SessionStory(
            String socketId,
            @Nullable String userId,
            Instant loggedInAt,
            String cursor,
            int unwritten,
            @Nullable String acknowledged,
            @Nullable Instant acknowledgedAt) {}

    /** The event of this id, or null if the window has none. */
    public @Nullable EventStory event(String id) {
        return story(dispatcher.look((window, registry) -> {
            Kept kept = window.find(id);
            return kept == null ? null : new Look(window, registry).draft(kept);
        }));
    }

    /** The record at this place. */
    public EventStory event(int partition, long offset) {
        Search search = dispatcher.look((window, registry) -> window.search(partition, offset));
        Draft draft = null;
        while (draft == null && !search.isOver()) {
            draft = dispatcher.look((window, registry) -> {
                Kept kept = search.next(MOST_LOOKED_AT);
                return kept == null ? null : new Look(window, registry).draft(kept);
            });
        }
        EventStory story = story(draft);
        if (story != null) {
            return story;
        }
        String meaning = dispatcher.look((window, registry) -> window.absence(partition, offset));
        return new EventStory(partition, offset, null, null, meaning, List.of());
    }

    /** What this token has: of its events, only what concerns it. */
    public TokenStory token(String token) {
        TokenDraft draft = dispatcher.look((window, registry) -> {
            Look look = new Look(window, registry);
            List<Draft> events =
                    window.latest(token, MOST_EVENTS).stream().map(look::draft).toList();
            return new TokenDraft(look.sessionsOf(token), window.position().cursor(), events);
        });
        return new TokenStory(
                draft.sessions.stream().map(asked -> story(asked, draft.cursor)).toList(),
                draft.events.stream().map(this::told).toList());
    }

    // ---- under the dispatcher's lock

    /**
     * What was found out under the lock; the sessions' answers come later.
     *
     * @param isAllKnown whether nobody is forgotten who was here since the event came
     */
    private record Draft(Kept kept, List<Pending> deliveries, boolean isAllKnown) {}

    private record TokenDraft(List<Asked> sessions, String cursor, List<Draft> events) {}

    private record Asked(Session session, Login login, CompletableFuture<Session.Progress> state) {}

    /** @param newer when each of the token's events came that the session was handed after this one, the latest first */
    private record Pending(
            String token,
            Login login,
            boolean isReplayed,
            List<Long> newer,
            @Nullable Asked open,
            @Nullable Departure gone) {}

    /** One look at window and sessions: asks each session once, and stops when the answer is long enough. */
    private final class Look {
        private final ReplayWindow window;
        private final SessionRegistry registry;
        private final Map<String, List<Asked>> asked = new HashMap<>();

        Look(ReplayWindow window, SessionRegistry registry) {
            this.window = window;
            this.registry = registry;
        }

        List<Asked> sessionsOf(String token) {
            return asked.computeIfAbsent(token, recipient -> {
                List<Asked> sessions = new ArrayList<>();
                for (Session session : registry.sessionsOf(recipient)) {
                    Login login = registry.loginOf(session);
                    if (login != null && sessions.size() < MOST) {
                        sessions.add(new Asked(session, login, session.progress()));
                    }
                }
                return sessions;
            });
        }

        Draft draft(Kept kept) {
            List<Pending> deliveries = new ArrayList<>();
            for (String token : kept.tokens()) {
                if (deliveries.size() < MOST) {
                    addAll(deliveries, kept, token);
                }
            }
            boolean isAllKnown = Instant.ofEpochMilli(kept.millis()).isAfter(departures.forgotten());
            return new Draft(kept, deliveries, isAllKnown);
        }

        private void addAll(List<Pending> deliveries, Kept kept, String token) {
            List<Asked> here = sessionsOf(token);
            List<Departure> left = departures.of(token);
            if (here.isEmpty() && left.isEmpty()) {
                return;
            }
            List<Long> newer =
                    window.newer(token, kept, kept.address(), null); // the same for all who were here when it came
            for (Asked open : here) {
                add(deliveries, kept, token, open.login, newer, open, null);
            }
            for (Departure gone : left) {
                if (kept.millis() <= gone.at().toEpochMilli()) {
                    add(deliveries, kept, token, gone.login(), newer, null, gone);
                }
            }
        }

        private void add(
                List<Pending> deliveries,
                Kept kept,
                String token,
                Login login,
                List<Long> newer,
                @Nullable Asked open,
                @Nullable Departure gone) {
            Cursor since = login.since();
            if (deliveries.size() == MOST) {
                return;
            }
            if (kept.address() >= login.from()) {
                deliveries.add(new Pending(token, login, false, newer, open, gone));
            } else if (since != null && window.isAfter(kept, since)) {
                List<Long> handed = window.newer(token, kept, login.from(), since);
                deliveries.add(new Pending(token, login, true, handed, open, gone));
            }
        }
    }

    // ---- and without it

    private @Nullable EventStory story(@Nullable Draft draft) {
        return draft == null ? null : told(draft);
    }

    private EventStory told(Draft draft) {
        Kept kept = draft.kept;
        List<DeliveryStory> deliveries =
                draft.deliveries.stream().map(pending -> told(kept, pending)).toList();
        Hindsight outcome = outcome(draft);
        String meaning = switch (outcome) {
            case DUPLICATE -> "its id was there before, within the replay window";
            case OFFLINE -> "no recipient had a session here";
            case FORGOTTEN -> "no recipient's session is known, but others have ended since that are forgotten";
            case REPLAYED ->
                "no session that is known had it as it came; those below had it later, out of the replay window";
            case DISPATCHED ->
                draft.isAllKnown
                        ? "handed to the sessions below"
                        : "handed to the sessions below, and maybe to others that are forgotten";
        };
        return new EventStory(
                kept.partition(),
                kept.offset(),
                outcome.word(),
                Instant.ofEpochMilli(kept.millis()),
                meaning,
                deliveries);
    }

    private static Hindsight outcome(Draft draft) {
        if (draft.kept.isRepeat()) {
            return Hindsight.DUPLICATE;
        }
        if (draft.deliveries.isEmpty()) {
            return draft.isAllKnown ? Hindsight.OFFLINE : Hindsight.FORGOTTEN;
        }
        return draft.deliveries.stream().allMatch(Pending::isReplayed) ? Hindsight.REPLAYED : Hindsight.DISPATCHED;
    }

    private static SessionStory story(Asked asked, String cursor) {
        Session.Progress state = within(asked.state);
        boolean hasAcknowledged = !state.acknowledged().isEmpty();
        return new SessionStory(
                asked.session.id(),
                asked.login.userId(),
                asked.login.at(),
                cursor,
                state.unwritten(),
                hasAcknowledged ? state.acknowledged() : null,
                hasAcknowledged ? Instant.ofEpochMilli(state.acknowledgedMillis()) : null);
    }

    private DeliveryStory told(Kept kept, Pending pending) {
        Login login = pending.login;
        Departure gone = pending.gone;
        if (gone != null) {
            DeliveryOutcome lost =
                    gone.end().equals(SessionEnd.SLOW.word()) ? DeliveryOutcome.SLOW : DeliveryOutcome.CLOSED;
            long endMillis = gone.at().toEpochMilli();
            long newer =
                    pending.newer.stream().filter(millis -> millis <= endMillis).count();
            return new DeliveryStory(
                    pending.token,
                    login.userId(),
                    gone.socketId(),
                    login.at(),
                    pending.isReplayed,
                    (gone.unwritten() <= newer ? DeliveryOutcome.WRITTEN : lost).word(),
                    acknowledged(gone.acknowledged(), kept),
                    gone.at(),
                    gone.end());
        }
        Asked open = Objects.requireNonNull(pending.open);
        Session.Progress state = within(open.state);
        return new DeliveryStory(
                pending.token,
                login.userId(),
                open.session.id(),
                login.at(),
                pending.isReplayed,
                state.unwritten() <= pending.newer.size() ? DeliveryOutcome.WRITTEN.word() : "waiting",
                acknowledged(state.acknowledged(), kept),
                null,
                null);
    }

    private static @Nullable Boolean acknowledged(String cursor, Kept kept) {
        return cursor.isEmpty() ? null : Cursor.of(cursor).has(kept.partition(), kept.offset());
    }

    private static Session.Progress within(CompletableFuture<Session.Progress> state) {
        try {
            return state.get(PATIENCE_SECONDS, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("an event loop does not answer within " + PATIENCE_SECONDS + " s", e);
        }
    }
}
