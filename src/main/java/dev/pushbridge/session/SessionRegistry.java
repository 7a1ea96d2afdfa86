package dev.pushbridge.session;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Who is here: every logged-in session, by token.
 *
 * <p><b>Concurrency.</b> The dispatcher reads while others write. A token's sessions are one array that is never
 * changed, only replaced, inside the map's atomic {@code compute}: a lookup is one hash lookup, takes no lock,
 * allocates nothing, and sees either all of a login or nothing of it. A session's login and the calls before and
 * after it come one at a time, because the session waits for it; only logouts may meet, of which one finds the login.
 * {@code logins} and {@code sessions} therefore agree whenever no call is on its way.
 */
@Component
public final class SessionRegistry {
    private static final Session[] NONE = {};

    private final Map<Session, Login> logins = new ConcurrentHashMap<>();
    private final Map<String, Session[]> sessions = new ConcurrentHashMap<>();

    /** The sessions of a token, in order of login; shared, not to be changed. */
    public Session[] sessionsOf(String token) {
        Session[] found = sessions.get(token);
        return found == null ? NONE : found;
    }

    /** Enters the session under a token, and out of the one it had before. Returns the login this one replaces. */
    public @Nullable Login login(Session session, Login login) {
        Login replaced = logins.put(session, login);
        if (replaced != null && replaced.token().equals(login.token())) {
            return replaced;
        }
        if (replaced != null) {
            remove(replaced.token(), session);
        }
        sessions.merge(login.token(), new Session[] {session}, SessionRegistry::concatenated);
        return replaced;
    }

    /** Takes the session out. Returns the login that ended, or null if there was none. */
    public @Nullable Login logout(Session session) {
        Login ended = logins.remove(session);
        if (ended != null) {
            remove(ended.token(), session);
        }
        return ended;
    }

    public @Nullable Login loginOf(Session session) {
        return logins.get(session);
    }

    /** Shows every login once; weakly consistent under change. */
    public void forEach(BiConsumer<Session, Login> reader) {
        logins.forEach(reader);
    }

    /** Logged-in sessions. */
    public int sessionCount() {
        return logins.size();
    }

    /** Tokens with at least one session. */
    public int tokenCount() {
        return sessions.size();
    }

    private void remove(String token, Session session) {
        sessions.computeIfPresent(token, (t, all) -> without(all, session));
    }

    private static Session[] concatenated(Session[] all, Session[] added) {
        Session[] more = Arrays.copyOf(all, all.length + added.length);
        System.arraycopy(added, 0, more, all.length, added.length);
        return more;
    }

    private static Session @Nullable [] without(Session[] all, Session gone) {
        int at = Arrays.asList(all).indexOf(gone);
        if (at < 0) {
            return all;
        }
        if (all.length == 1) {
            return null;
        }
        Session[] fewer = new Session[all.length - 1];
        System.arraycopy(all, 0, fewer, 0, at);
        System.arraycopy(all, at + 1, fewer, at, fewer.length - at);
        return fewer;
    }
}
