package dev.pushbridge.security;

import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Believes everybody, as the original does. */
final class TrustAuthenticator implements Authenticator {
    @Override
    public boolean concerns(@Nullable String tokenId, @Nullable String jwt) {
        return tokenId != null;
    }

    @Override
    public void authenticate(@Nullable String tokenId, @Nullable String jwt, Consumer<Verdict> verdict) {
        verdict.accept(
                tokenId == null
                        ? new Verdict.Refused(LoginRefusal.NO_TOKEN_ID)
                        : new Verdict.Accepted(tokenId, Credential.NONE));
    }

    @Override
    public boolean revokes(Login login) {
        return false;
    }

    @Override
    public void admit(String ownToken) {}

    @Override
    public boolean isStrict() {
        return false;
    }
}
