package dev.pushbridge.session;

import dev.pushbridge.replay.Cursor;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a session belongs to.
 *
 * @param token the recipient's token; a secret, kept out of logs
 * @param userId the user's id as the client gave it; for the listing only
 * @param at when the login was accepted
 * @param credential what it rests on
 * @param from the address in the replay window from which on events came to the session as they were read
 * @param since where the client was before, if it had missed anything and got that; null if not
 * @param answered whether its page has said where it was and was told what comes of that, and is not heard again on it
 */
public record Login(
        String token,
        @Nullable String userId,
        Instant at,
        Credential credential,
        long from,
        @Nullable Cursor since,
        boolean answered) {
    /** A login that no session has yet. */
    public Login(String token, @Nullable String userId, Instant at, Credential credential) {
        this(token, userId, at, credential, 0, null, false);
    }

    /** A login that was believed. */
    public Login(String token, @Nullable String userId, Instant at) {
        this(token, userId, at, Credential.NONE);
    }

    /** The same, where its session begins in the window. */
    public Login beginning(long address, @Nullable Cursor cursor) {
        return new Login(token, userId, at, credential, address, cursor, answered);
    }

    /** The same, whose page has its answer. */
    public Login asAnswered() {
        return new Login(token, userId, at, credential, from, since, true);
    }

    @Override
    public String toString() {
        return "Login[token=***, userId=" + userId + ", at=" + at + "]";
    }
}
