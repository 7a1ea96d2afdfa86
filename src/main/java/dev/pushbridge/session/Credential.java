package dev.pushbridge.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a login rests on: of a JSON Web Token, what is needed to end the login in time.
 *
 * @param id the JWT's {@code jti}, or null if it has none
 * @param issuedAt its {@code iat}, or null if it has none
 * @param expiresAt its {@code exp}; null if the login rests on no JWT
 * @param endsAt when the session is to end: {@code exp} and the clock skew that is allowed for; null as before
 */
public record Credential(
        @Nullable String id,
        @Nullable Instant issuedAt,
        @Nullable Instant expiresAt,
        @Nullable Instant endsAt) {
    /** Of a login that was believed. */
    public static final Credential NONE = new Credential(null, null, null, null);

    @Override
    public String toString() {
        return "Credential[id=***, issuedAt=" + issuedAt + ", expiresAt=" + expiresAt + "]";
    }
}
