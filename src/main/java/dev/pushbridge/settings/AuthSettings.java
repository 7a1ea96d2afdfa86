package dev.pushbridge.settings;

import java.time.Duration;
import java.util.Locale;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may log in ({@code push.auth.*}).
 *
 * @param mode Who is believed: trust (whoever says a tokenId; refused with the profile production) or jwt (who brings a JSON
 *     Web Token that says it).
 * @param expiryWarning How long before its JWT expires a client is told token_expiring, 0 to 1h.
 * @param revocationTopic The compacted topic of revocations, read by every node in mode jwt; empty for none.
 * @param maxRevocations How many revocations are held, 1 to 10000000.
 * @param jwt What a JSON Web Token must be like.
 */
public record AuthSettings(
        @DefaultValue("trust") Mode mode,
        @DefaultValue("60s") Duration expiryWarning,
        @DefaultValue("push.revocations") String revocationTopic,
        @DefaultValue("1000000") int maxRevocations,
        @NestedConfigurationProperty @DefaultValue JwtSettings jwt) {

    public AuthSettings {
        Check.range("push.auth.expiry-warning", expiryWarning, Duration.ZERO, Duration.ofHours(1));
        if (!revocationTopic.isEmpty()) {
            Check.topic("push.auth.revocation-topic", revocationTopic);
        }
        Check.range("push.auth.max-revocations", maxRevocations, 1, 10_000_000);
        Check.that(
                mode == Mode.JWT ? jwt.keySources() == 1 : jwt.keySources() == 0,
                "push.auth.mode",
                mode.name().toLowerCase(Locale.ROOT) + " with " + jwt.keySources() + " sources of keys",
                "jwt with one of push.auth.jwt.jwk-set-uri, public-key-file, secret; or trust with none");
    }

    /** Who is believed. */
    public enum Mode {
        /** Everybody, as in the original. */
        TRUST,
        /** Who brings a JSON Web Token. */
        JWT
    }

    /** Whether there is a topic of revocations to be read. */
    public boolean hasRevocations() {
        return mode == Mode.JWT && !revocationTopic.isEmpty();
    }
}
