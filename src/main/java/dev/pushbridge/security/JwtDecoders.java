package dev.pushbridge.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.pushbridge.settings.JwtSettings;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Makes the decoder of {@code push.auth.jwt}. It checks signature, issuer and audience; what has to do with time is the
 * authenticator's, which must know when a login ends.
 *
 * <p>The algorithms are those of the settings, never the token's choice, and each takes a key of its own kind only: a
 * public key cannot be used as the secret of an HMAC, and {@code none} is no algorithm.
 */
final class JwtDecoders {
    /** How long keys are used before they are asked for again. */
    private static final Duration KEYS_LIVE = Duration.ofMinutes(5);
    /** How long before that they are asked for, while the old ones are still used. */
    private static final Duration REFRESH_AHEAD = Duration.ofMinutes(1);
    /** How long keys are used when the provider does not answer. */
    private static final Duration OUTAGE = Duration.ofHours(24);
    /** Unknown keys make the provider be asked at most twice in this time. */
    private static final Duration RATE = Duration.ofSeconds(10);

    private static final Duration WAIT = Duration.ofSeconds(2);
    private static final int MAX_KEYS_BYTES = 256 << 10;

    private JwtDecoders() {}

    static JwtDecoder of(JwtSettings settings) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(keys(settings));
        // RFC 9068 calls access tokens so; everything else is some other kind of signed object.
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWTClaimsSetVerifier((claims, context) -> {});
        NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor);
        decoder.setJwtValidator(claims(settings));
        return decoder;
    }

    private static OAuth2TokenValidator<Jwt> claims(JwtSettings settings) {
        List<OAuth2TokenValidator<Jwt>> validators = new ArrayList<>();
        if (settings.issuer() != null) {
            validators.add(new JwtIssuerValidator(settings.issuer()));
        }
        if (settings.audience() != null) {
            validators.add(new JwtAudienceValidator(settings.audience()));
        }
        return new DelegatingOAuth2TokenValidator<>(validators);
    }

    private static JWSKeySelector<SecurityContext> keys(JwtSettings settings) {
        if (settings.jwkSetUri() != null) {
            return new JWSVerificationKeySelector<>(
                    algorithms(settings, "RS256", "ES256"), provider(settings.jwkSetUri()));
        }
        if (settings.secret() != null) {
            Key key = new SecretKeySpec(settings.secret().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
            return only(algorithms(settings, "HS256"), key);
        }
        PublicKey key = PublicKeyFile.read(settings.publicKeyFile());
        return only(algorithms(settings, PublicKeyFile.algorithmOf(key)), key);
    }

    private static JWSKeySelector<SecurityContext> only(Set<JWSAlgorithm> algorithms, Key key) {
        return (header, context) -> algorithms.contains(header.getAlgorithm()) ? List.of(key) : List.of();
    }

    private static Set<JWSAlgorithm> algorithms(JwtSettings settings, String... defaults) {
        List<String> names = settings.algorithms().isEmpty() ? List.of(defaults) : settings.algorithms();
        return names.stream().map(JWSAlgorithm::parse).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Cached, asked again for a key that is unknown, and good for a day without the provider. */
    private static JWKSource<SecurityContext> provider(URI uri) {
        try {
            int waitMillis = (int) WAIT.toMillis();
            return JWKSourceBuilder.create(
                            uri.toURL(), new DefaultResourceRetriever(waitMillis, waitMillis, MAX_KEYS_BYTES))
                    .cache(KEYS_LIVE.toMillis(), 2 * WAIT.toMillis())
                    .refreshAheadCache(REFRESH_AHEAD.toMillis(), false)
                    .rateLimited(RATE.toMillis())
                    .outageTolerant(OUTAGE.toMillis())
                    .build();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e); // the settings have seen that it is one
        }
    }
}
