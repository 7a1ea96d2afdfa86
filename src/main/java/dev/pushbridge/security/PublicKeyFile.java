package dev.pushbridge.security;

import com.nimbusds.jose.jwk.Curve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** A public key as {@code openssl} writes it (RFC 7468 section 13). Nothing of the file's text gets into a message. */
final class PublicKeyFile {
    private static final String PROPERTY = "push.auth.jwt.public-key-file";
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");
    /** The least that JWA allows (RFC 7518 section 3.3). */
    private static final int RSA_BITS = 2048;

    private PublicKeyFile() {}

    static PublicKey read(@Nullable Path file) {
        if (file == null) {
            throw new IllegalArgumentException(PROPERTY + ": missing");
        }
        try {
            Matcher pem = PEM.matcher(Files.readString(file));
            if (!pem.find()) {
                throw wrong(file, "It has no \"BEGIN PUBLIC KEY\" in it.");
            }
            return key(Base64.getMimeDecoder().decode(pem.group(1)), file);
        } catch (IOException e) {
            throw wrong(file, "It cannot be read.");
        }
    }

    private static PublicKey key(byte[] encoded, Path file) {
        PublicKey key = of("RSA", encoded);
        if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < RSA_BITS) {
            throw wrong(
                    file,
                    "Its key has " + rsa.getModulus().bitLength() + " bits (expected: " + RSA_BITS + " or more).");
        }
        key = key == null ? of("EC", encoded) : key;
        if (key == null || algorithmsOf(key).isEmpty()) {
            throw wrong(file, "Its key is neither RSA nor of the curve P-256, P-384 or P-521.");
        }
        return key;
    }

    private static @Nullable PublicKey of(String kind, byte[] encoded) {
        try {
            return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException otherKind) {
            return null;
        }
    }

    /** What such a key may sign with (RFC 7518 section 3.1); the first, unless the settings say otherwise. */
    static List<String> algorithmsOf(PublicKey key) {
        if (!(key instanceof ECPublicKey ec)) {
            return List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");
        }
        Curve curve = Curve.forECParameterSpec(ec.getParams());
        if (Curve.P_256.equals(curve)) {
            return List.of("ES256");
        }
        if (Curve.P_384.equals(curve)) {
            return List.of("ES384");
        }
        return Curve.P_521.equals(curve) ? List.of("ES512") : List.of();
    }

    private static InvalidConfigurationPropertyValueException wrong(Path file, String why) {
        return new InvalidConfigurationPropertyValueException(PROPERTY, file, why);
    }
}
