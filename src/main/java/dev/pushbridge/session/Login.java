package dev.pushbridge.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a session belongs to.
 *
 * @param token the recipient's token; a secret, kept out of logs
 * @param userId the user's id as the client gave it; for the listing only
 * @param at when the login was accepted
 */
public record Login(String token, @Nullable String userId, Instant at) {
    @Override
    public String toString() {
        return "Login[token=***, userId=" + userId + ", at=" + at + "]";
    }
}
