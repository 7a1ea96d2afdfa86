package dev.pushbridge.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What a JSON Web Token must be like ({@code push.auth.jwt.*}). One of the three sources of keys is needed.
 *
 * @param jwkSetUri Where the provider publishes its keys, http or https. They are asked for again every 5 minutes, and when a
 *     token names an unknown one; the last ones are used for a day while the provider is away. Nobody with a known key waits
 *     for it. Its query, which may be a secret, is not logged.
 * @param publicKeyFile A file with one public key in PEM, RSA or EC.
 * @param secret The secret of HMAC, at least as long as the hash: 32 bytes for HS256, 48 for HS384, 64 for HS512.
 * @param algorithms The allowed algorithms of signatures: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512; with
 *     a secret HS256, HS384, HS512. Default: RS256 and ES256; for a file the one of its key; HS256 with a secret.
 * @param issuer The issuer that a token must have (iss). Default: any.
 * @param audience The audience that a token must have among its own (aud). Default: any.
 * @param tokenClaim The claim whose value is the recipient's token.
 * @param clockSkew How far the provider's clock may be from this one's, 0 to 5m: a token is good so long after its end, and
 *     before its begin.
 */
public record JwtSettings(
        @Nullable String jwkSetUri,
        @Nullable Path publicKeyFile,
        @Nullable String secret,
        @DefaultValue List<String> algorithms,
        @Nullable String issuer,
        @Nullable String audience,
        @DefaultValue("sub") String tokenClaim,
        @DefaultValue("30s") Duration clockSkew) {
    private static final Set<String> SIGNATURES =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");
    private static final Set<String> MACS = Set.of("HS256", "HS384", "HS512");

    public JwtSettings {
        jwkSetUri = blankToNull(jwkSetUri);
        if (jwkSetUri != null) {
            jwkSetUri = jwkSetUri.strip();
            checkUrl("push.auth.jwt.jwk-set-uri", jwkSetUri);
        }
        if (publicKeyFile != null) {
            Check.that(
                    Files.isReadable(publicKeyFile),
                    "push.auth.jwt.public-key-file",
                    publicKeyFile,
                    "a file to be read");
        }
        algorithms = List.copyOf(algorithms);
        Set<String> allowed = secret == null ? SIGNATURES : MACS;
        Check.that(
                allowed.containsAll(algorithms),
                "push.auth.jwt.algorithms",
                algorithms,
                "of " + allowed.stream().sorted().toList() + (secret == null ? "" : ", because there is a secret"));
        if (secret != null) {
            checkLength(secret, algorithms.isEmpty() ? List.of("HS256") : algorithms);
        }
        issuer = blankToNull(issuer);
        audience = blankToNull(audience);
        Check.that(!tokenClaim.isBlank(), "push.auth.jwt.token-claim", tokenClaim, "the name of a claim");
        Check.range("push.auth.jwt.clock-skew", clockSkew, Duration.ZERO, Duration.ofMinutes(5));
    }

    /** It is text: bound as a URI, each % in it would become %25. */
    private static void checkUrl(String name, String url) {
        String expected = "a URL of http or https";
        try {
            URI uri = new URI(url);
            Check.that(
                    uri.getHost() != null && List.of("http", "https").contains(uri.getScheme()),
                    name,
                    url.contains("@") ? "with a user" : shown(url),
                    expected);
            Check.that(uri.getUserInfo() == null, name, "with a user", "none in the URL");
        } catch (URISyntaxException e) {
            Check.that(false, name, e.getReason() + " at " + e.getIndex(), expected);
        }
    }

    /** As long as the hash, or no token is good (RFC 7518 section 3.2). */
    private static void checkLength(String secret, List<String> algorithms) {
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        for (String algorithm : algorithms) {
            int least = Integer.parseInt(algorithm.substring("HS".length())) / Byte.SIZE;
            Check.that(bytes >= least, "push.auth.jwt.secret", bytes + " bytes", least + " or more for " + algorithm);
        }
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    /** A URL, or a message that ends with one, without its user and its query, which may be secrets. */
    public static String shown(String text) {
        return text.replaceFirst("(?s)\\?.*", "").replaceAll("(//|^\\w+:)[^/]*@", "$1");
    }

    int keySources() {
        return (int) Stream.of(jwkSetUri != null, publicKeyFile != null, secret != null)
                .filter(is -> is)
                .count();
    }

    /** Without a secret. */
    @Override
    public String toString() {
        return "JwtSettings[jwkSetUri=" + (jwkSetUri == null ? null : shown(jwkSetUri)) + ", publicKeyFile="
                + publicKeyFile + ", secret=" + (secret == null ? "none" : "***") + ", algorithms=" + algorithms
                + ", issuer=" + issuer + ", audience=" + audience + ", tokenClaim=" + tokenClaim + ", clockSkew="
                + clockSkew + "]";
    }
}
