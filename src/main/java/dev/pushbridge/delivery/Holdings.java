package dev.pushbridge.delivery;

import dev.pushbridge.replay.Cursor;
import dev.pushbridge.session.Login;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the client of one login says that it has. Cumulative: while a word of it waits for its turn, later ones join it, so
 * that a client never has more than one in the queue.
 */
public final class Holdings {
    private final Login login;
    private final AtomicReference<@Nullable Cursor> waiting = new AtomicReference<>();
    /** What the receipts have heard of it; under the dispatcher's lock. */
    private @Nullable Cursor heard;

    public Holdings(Login login) {
        this.login = login;
    }

    /** Whether they are of this login, or of one that goes on with it. */
    public boolean areOf(Login other) {
        return login.token().equals(other.token())
                && login.from() == other.from()
                && (login.since() == null) == (other.since() == null);
    }

    /** Adds a word; returns whether none was waiting. */
    boolean add(Cursor cursor) {
        return waiting.getAndAccumulate(cursor, (before, more) -> before == null ? more : before.with(more)) == null;
    }

    Login login() {
        return login;
    }

    /** What was heard before. Under the dispatcher's lock. */
    @Nullable Cursor heard() {
        return heard;
    }

    /** Takes all that waits; it counts as heard from here on. Under the dispatcher's lock. */
    @Nullable Cursor hear() {
        Cursor cursor = waiting.getAndSet(null);
        if (cursor != null) {
            heard = heard == null || !heard.isOfTopicOf(cursor) ? cursor : heard.with(cursor);
        }
        return cursor;
    }
}
