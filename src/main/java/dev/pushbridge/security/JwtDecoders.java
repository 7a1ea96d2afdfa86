package dev.pushbridge.security;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.pushbridge.settings.JwtSettings;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
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
    private JwtDecoders() {}

    /** @param provider the keys of {@code push.auth.jwt.jwk-set-uri}; null where there is none */
    static JwtDecoder of(JwtSettings settings, @Nullable JWKSource<SecurityContext> provider) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(provider == null ? ownKey(settings) : published(settings, provider));
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

    private static JWSKeySelector<SecurityContext> published(
            JwtSettings settings, JWKSource<SecurityContext> provider) {
        return new JWSVerificationKeySelector<>(algorithms(settings, "RS256", "ES256"), provider);
    }

    private static JWSKeySelector<SecurityContext> ownKey(JwtSettings settings) {
        if (settings.secret() != null) {
            Key key = new SecretKeySpec(settings.secret().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
            return only(algorithms(settings, "HS256"), key);
        }
        PublicKey key = PublicKeyFile.read(settings.publicKeyFile());
        List<String> possible = PublicKeyFile.algorithmsOf(key);
        if (!possible.containsAll(settings.algorithms())) {
            throw new InvalidConfigurationPropertyValueException(
                    "push.auth.jwt.algorithms",
                    settings.algorithms(),
                    "The key of push.auth.jwt.public-key-file is not of their kind (expected: of " + possible + ").");
        }
        return only(algorithms(settings, possible.get(0)), key);
    }

    private static JWSKeySelector<SecurityContext> only(Set<JWSAlgorithm> algorithms, Key key) {
        return (header, context) -> algorithms.contains(header.getAlgorithm()) ? List.of(key) : List.of();
    }

    private static Set<JWSAlgorithm> algorithms(JwtSettings settings, String... defaults) {
        List<String> names = settings.algorithms().isEmpty() ? List.of(defaults) : settings.algorithms();
        return names.stream().map(JWSAlgorithm::parse).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
