package dev.pushbridge.security;

import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.AuthSettings;
import dev.pushbridge.settings.AuthSettings.Mode;
import dev.pushbridge.settings.JwtSettings;
import dev.pushbridge.settings.PushSettings;
import java.net.URI;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;

/** Puts together who is believed, and says so at every start. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    private static final Logger log = LoggerFactory.getLogger(SecurityConfiguration.class);

    @Bean
    Revocations revocations(PushSettings settings, SessionRegistry registry, PushMetrics metrics) {
        AuthSettings auth = settings.auth();
        Revocations.State state = auth.hasRevocations() ? Revocations.State.UNKNOWN : Revocations.State.KNOWN;
        return new Revocations(registry, metrics, auth.maxRevocations(), Clock.systemUTC(), state);
    }

    /** Null where no provider publishes them. */
    @Bean
    @Nullable ProviderKeys providerKeys(PushSettings settings) {
        String uri = settings.auth().jwt().jwkSetUri();
        return uri == null
                ? null
                : new ProviderKeys(URI.create(uri), ProviderKeys.WAIT, ProviderKeys.PAUSE, System::nanoTime);
    }

    @Bean
    Authenticator authenticator(
            PushSettings settings,
            Revocations revocations,
            ObjectProvider<ProviderKeys> provider,
            Environment environment) {
        AuthSettings auth = settings.auth();
        if (auth.mode() == Mode.JWT) {
            JwtSettings jwt = auth.jwt();
            Authenticator authenticator = new JwtAuthenticator(
                    JwtDecoders.of(jwt, provider.getIfAvailable()), revocations, jwt, Clock.systemUTC());
            describe(jwt);
            return authenticator;
        }
        if (environment.acceptsProfiles(Profiles.of("production"))) {
            throw new InvalidConfigurationPropertyValueException(
                    "push.auth.mode",
                    "trust",
                    "It lets everybody be anybody, and the profile production is on: set jwt.");
        }
        log.warn("push.auth.mode is trust: everybody who can connect is believed to be whoever they say."
                + " Set it to jwt before others can reach this port");
        return Authenticator.trusting();
    }

    private static void describe(JwtSettings jwt) {
        log.info(
                "Logins need a JWT; keys: {}, issuer: {}, audience: {}, recipient: {}",
                keys(jwt),
                jwt.issuer() == null ? "any" : jwt.issuer(),
                jwt.audience() == null ? "any" : jwt.audience(),
                jwt.tokenClaim());
        if (jwt.audience() == null) {
            log.warn(
                    "push.auth.jwt.audience is not set: a token that the issuer made for another service is taken too");
        }
    }

    private static String keys(JwtSettings jwt) {
        if (jwt.jwkSetUri() != null) {
            return JwtSettings.shown(jwt.jwkSetUri());
        }
        return jwt.secret() != null ? "a secret" : String.valueOf(jwt.publicKeyFile());
    }
}
