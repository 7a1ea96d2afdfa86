package dev.pushbridge.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a session belongs to.
 *
 * @param token the recipient's token; a secret, kept out of logs
 * @param userId the user's id as the client gave it; for the listing only
 * @param at when the login was accepted
 * @param credential what it rests on
 */
public record Login(String token, @Nullable String userId, Instant at, Credential credential) {
    /** A login that was believed. */
    public Login(String token, @Nullable String userId, Instant at) {
        this(token, userId, at, Credential.NONE);
    }

    @Override
    public String toString() {
        return "Login[token=***, userId=" + userId + ", at=" + at + "]";
    }
}
