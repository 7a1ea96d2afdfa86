package dev.pushbridge.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.replay.ReplayWindow.Kept;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Departures.Departure;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
 * deliveries are not written. An event is written when at least as many of the token's events are newer. The question goes
 * to the session's loop behind everything that was handed to it, as one step with dispatch.
 */
@Component
public final class Explainer {
    /** The most recipients, sessions and events that one answer has. */
    static final int MOST = 1_000;

    static final int MOST_EVENTS = 20;
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
     * @param outcome how its record ended here, or null if that is not known any more
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
     * @param outcome its word, or "waiting" until it is written
     * @param acknowledged whether the client has said that it has it; null if it never said anything
     */
    public record DeliveryStory(
            String token,
            @Nullable String userId,
            String socketId,
            Instant loggedInAt,
            String outcome,
            @Nullable Boolean acknowledged,
            @Nullable Instant endedAt,
            @Nullable String end) {}

    /** What a token has on this node: its sessions, and its latest events, the latest first. */
    public record TokenStory(List<SessionStory> sessions, List<EventStory> events) {}

    /**
     * A session that is here.
     *
     * @param unwritten deliveries that wait to be written
     * @param acknowledgedAt when its client last acknowledged something
     */
    public record SessionStory(
            String socketId,
            @Nullable String userId,
            Instant loggedInAt,
            int unwritten,
            @Nullable Instant acknowledgedAt) {}

    /** The event of this id, or null if the window has none. */
    public @Nullable EventStory event(String id) {
        return story(dispatcher.look((window, registry) -> {
            Kept kept = window.find(id);
            return kept == null ? null : draft(kept, window, registry);
        }));
    }

    /** The record at this place. */
    public EventStory event(int partition, long offset) {
        Draft draft = dispatcher.look((window, registry) -> {
            Kept kept = window.find(partition, offset);
            return kept == null ? null : draft(kept, window, registry);
        });
        EventStory story = story(draft);
        if (story != null) {
            return story;
        }
        String meaning = dispatcher.look((window, registry) -> window.absence(partition, offset));
        return new EventStory(partition, offset, null, null, meaning, List.of());
    }

    public TokenStory token(String token) {
        List<Asked> asked = new ArrayList<>();
        List<Draft> drafts = dispatcher.look((window, registry) -> {
            for (Session session : registry.sessionsOf(token)) {
                Login login = registry.loginOf(session);
                if (login != null && asked.size() < MOST) {
                    asked.add(new Asked(session, login, session.progress()));
                }
            }
            return window.latest(token, MOST_EVENTS).stream()
                    .map(kept -> draft(kept, window, registry))
                    .toList();
        });
        List<SessionStory> sessions = asked.stream()
                .map(one -> {
                    Session.Progress state = within(one.state);
                    return new SessionStory(
                            one.session.id(),
                            one.login.userId(),
                            one.login.at(),
                            state.unwritten(),
                            state.acknowledged().isEmpty() ? null : Instant.ofEpochMilli(state.acknowledgedMillis()));
                })
                .toList();
        return new TokenStory(sessions, drafts.stream().map(this::told).toList());
    }

    // ---- under the dispatcher's lock

    /** What was found out under the lock; the sessions' answers come later. */
    private record Draft(Kept kept, List<Pending> deliveries) {}

    private record Asked(Session session, Login login, CompletableFuture<Session.Progress> state) {}

    /** @param newer how many of the token's events came after this one, while the session was here */
    private record Pending(
            String token,
            Login login,
            int newer,
            @Nullable Asked open,
            @Nullable Departure gone) {}

    private Draft draft(Kept kept, ReplayWindow window, SessionRegistry registry) {
        List<Pending> deliveries = new ArrayList<>();
        for (String token : kept.tokens()) {
            for (Session session : registry.sessionsOf(token)) {
                Login login = registry.loginOf(session);
                if (login != null && deliveries.size() < MOST && wasFor(kept, login, window)) {
                    int newer = window.newer(token, kept, Long.MAX_VALUE);
                    deliveries.add(
                            new Pending(token, login, newer, new Asked(session, login, session.progress()), null));
                }
            }
            for (Departure gone : departures.of(token)) {
                long endMillis = gone.at().toEpochMilli();
                if (deliveries.size() < MOST && kept.millis() <= endMillis && wasFor(kept, gone.login(), window)) {
                    deliveries.add(new Pending(token, gone.login(), window.newer(token, kept, endMillis), null, gone));
                }
            }
        }
        return new Draft(kept, deliveries);
    }

    private static boolean wasFor(Kept kept, Login login, ReplayWindow window) {
        Cursor since = login.since();
        return kept.address() >= login.from() || (since != null && window.isAfter(kept, since));
    }

    // ---- and without it

    private @Nullable EventStory story(@Nullable Draft draft) {
        return draft == null ? null : told(draft);
    }

    private EventStory told(Draft draft) {
        Kept kept = draft.kept;
        List<DeliveryStory> deliveries =
                draft.deliveries.stream().map(pending -> told(kept, pending)).toList();
        RecordOutcome outcome = kept.isRepeat()
                ? RecordOutcome.DUPLICATE
                : deliveries.isEmpty() ? RecordOutcome.OFFLINE : RecordOutcome.DISPATCHED;
        String meaning = switch (outcome) {
            case DUPLICATE -> "its id was there before, within the replay window";
            case OFFLINE -> "no recipient had a session here, or it ended so long ago that it is forgotten";
            default -> "handed to the sessions below";
        };
        return new EventStory(
                kept.partition(),
                kept.offset(),
                outcome.word(),
                Instant.ofEpochMilli(kept.millis()),
                meaning,
                deliveries);
    }

    private DeliveryStory told(Kept kept, Pending pending) {
        Login login = pending.login;
        Departure gone = pending.gone;
        if (gone != null) {
            DeliveryOutcome lost =
                    gone.end().equals(SessionEnd.SLOW.word()) ? DeliveryOutcome.SLOW : DeliveryOutcome.CLOSED;
            return new DeliveryStory(
                    pending.token,
                    login.userId(),
                    gone.socketId(),
                    login.at(),
                    (gone.unwritten() <= pending.newer ? DeliveryOutcome.WRITTEN : lost).word(),
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
                state.unwritten() <= pending.newer ? DeliveryOutcome.WRITTEN.word() : "waiting",
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
