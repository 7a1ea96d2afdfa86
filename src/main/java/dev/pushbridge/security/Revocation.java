package dev.pushbridge.security;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One record of {@code push.revocations}: its key names what is revoked, its value says how much of it. The contract is
 * {@code schemas/revocation.schema.json}.
 *
 * @param kind what the name is the name of
 * @param name a token, or the {@code jti} of a JWT; "" for everybody
 * @param issuedBefore which JWTs: those that were issued before it; {@link Instant#MAX} for all
 * @param neededUntil after which no JWT that it concerns can be good any more; {@link Instant#MAX} if it does not say
 */
record Revocation(Kind kind, String name, Instant issuedBefore, Instant neededUntil) {
    private static final int MAX_KEY = 300;
    private static final int MAX_VALUE = 4096;
    private static final Set<String> FIELDS = Set.of("issuedBefore", "expiresAt");
    private static final String KEYS = "token:<token>, jti:<jti> or everybody";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    enum Kind {
        TOKEN("token:"),
        ID("jti:"),
        EVERYBODY("everybody");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    /** What a key names. */
    record Target(Kind kind, String name) {
        static Target of(byte @Nullable [] key) throws InvalidRevocationException {
            if (key == null || key.length == 0 || key.length > MAX_KEY) {
                throw new InvalidRevocationException(
                        "key: " + (key == null ? "missing" : key.length + " bytes") + " (expected: " + KEYS + ")");
            }
            String text = utf8(key, "key");
            if (text.equals(Kind.EVERYBODY.prefix)) {
                return new Target(Kind.EVERYBODY, "");
            }
            for (Kind kind : new Kind[] {Kind.TOKEN, Kind.ID}) {
                if (text.startsWith(kind.prefix) && text.length() > kind.prefix.length()) {
                    return new Target(kind, text.substring(kind.prefix.length()));
                }
            }
            throw new InvalidRevocationException("key: names nothing (expected: " + KEYS + ")");
        }

        @Override
        public String toString() {
            return kind + ":***";
        }
    }

    static Revocation of(Target target, byte[] value) throws InvalidRevocationException {
        if (value.length > MAX_VALUE) {
            throw new InvalidRevocationException(
                    "value: " + value.length + " bytes (expected: at most " + MAX_VALUE + ")");
        }
        JsonNode json = parsed(value);
        if (!json.isObject()) {
            throw new InvalidRevocationException("value: no object (expected: a JSON object)");
        }
        for (String field : json.propertyNames()) {
            // A slip of the pen must not revoke more than was meant.
            if (!FIELDS.contains(field)) {
                throw new InvalidRevocationException(
                        "value: a field of another name (expected: issuedBefore, expiresAt)");
            }
        }
        Instant issuedBefore = instant(json, "issuedBefore");
        if (target.kind == Kind.EVERYBODY && issuedBefore.equals(Instant.MAX)) {
            throw new InvalidRevocationException(
                    "issuedBefore: missing (expected: a date-time, where it is for everybody)");
        }
        if (target.kind == Kind.ID && !issuedBefore.equals(Instant.MAX)) {
            throw new InvalidRevocationException("issuedBefore: set (expected: none, where one JWT is meant)");
        }
        return new Revocation(target.kind, target.name, issuedBefore, instant(json, "expiresAt"));
    }

    private static JsonNode parsed(byte[] value) throws InvalidRevocationException {
        String text = utf8(value, "value");
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new InvalidRevocationException("value: not JSON (expected: a JSON object)");
        }
    }

    private static Instant instant(JsonNode json, String field) throws InvalidRevocationException {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Instant.MAX;
        }
        try {
            return OffsetDateTime.parse(value.asString("")).toInstant();
        } catch (DateTimeException e) {
            throw new InvalidRevocationException(field + ": no time (expected: an RFC 3339 date-time)");
        }
    }

    private static String utf8(byte[] bytes, String what) throws InvalidRevocationException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidRevocationException(what + ": not UTF-8 (expected: UTF-8)");
        }
    }

    @Override
    public String toString() {
        return "Revocation[" + kind + ":***, issuedBefore=" + issuedBefore + "]";
    }

    /** A record is no revocation. Says what was found and what was expected, and never a token. */
    static final class InvalidRevocationException extends Exception {
        InvalidRevocationException(String message) {
            super(message, null, false, false);
        }
    }
}
