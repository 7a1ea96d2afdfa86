package dev.pushbridge.security;

import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Says whose a login is: {@code push.auth.mode}. Thread-safe; never blocks its caller. */
public interface Authenticator {
    /**
     * Whether what a client says with its connect is meant as a login.
     *
     * @param tokenId whose events it wants, or null
     * @param jwt the JSON Web Token that it brings, or null
     */
    boolean concerns(@Nullable String tokenId, @Nullable String jwt);

    /** Checks a login. The verdict is heard once, in the call or later, on any thread. */
    void authenticate(@Nullable String tokenId, @Nullable String jwt, Consumer<Verdict> verdict);

    /**
     * Whether a login that was accepted has been revoked. To be asked again once the login is in the registry: a revocation
     * that came between the check and the entry has not found it there.
     */
    boolean revokes(Login login);

    /** Lets in, by its tokenId alone, a user of the bridge's own, whose token nobody else can know. */
    void admit(String ownToken);

    /** Whether a session without a login has nothing to say and nothing to hear. */
    boolean isStrict();

    /** Believes everybody, as the original does. */
    static Authenticator trusting() {
        return new TrustAuthenticator();
    }

    /** What comes of a check. */
    sealed interface Verdict {
        /** Whose the login is. */
        record Accepted(String token, Credential credential) implements Verdict {
            @Override
            public String toString() {
                return "Accepted[token=***]";
            }
        }

        record Refused(LoginRefusal reason) implements Verdict {}
    }
}
