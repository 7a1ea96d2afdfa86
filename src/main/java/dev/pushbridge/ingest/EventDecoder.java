package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a record's value: the envelope in one streaming pass, {@code data} as a slice of the record's own bytes, never as
 * a tree. The {@link EnvelopeScanner} does it for what is usual, a parser for everything else. Thread-safe.
 *
 * <p>Tolerant where tolerance loses nothing: unknown fields are ignored, {@code null} in an optional field is an absent
 * field, a number is a token. Strict where silence would: the whole value must be valid UTF-8 and one JSON object, because
 * a browser ends the connection over a text frame that is not UTF-8 (RFC 6455 section 8.1), and drops a packet that is not
 * JSON.
 */
final class EventDecoder {
    static final int MAX_TOKENS = 10_000;
    static final int MAX_TOKEN_CHARS = 256;
    static final int MAX_ID_CHARS = 256;
    static final int MAX_DEPTH = 500;

    private static final RawJson NO_DATA = RawJson.of("{}");

    private static final int MAX_TYPE_CHARS = 64;
    private static final String TYPE = "[a-z][a-z0-9_.-]{0,63}";

    private final JsonFactory json = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    // The record's size bounds these; what is in data is the producer's business.
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();
    private final DataSize maxSize;

    /** @param maxSize the largest value that is an event */
    public EventDecoder(DataSize maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * Reads one value; the event shares its bytes.
     *
     * @throws InvalidEventException if the value is not an event; its message shows value and expectation, but no token
     *     and no data
     */
    public PushEvent decode(byte @Nullable [] value) throws InvalidEventException {
        if (value == null) {
            throw new InvalidEventException(InvalidReason.TOMBSTONE, "value: null (expected: a JSON object)");
        }
        if (value.length > maxSize.toBytes()) {
            throw new InvalidEventException(
                    InvalidReason.TOO_LARGE,
                    "value: " + value.length + " bytes (expected: at most " + maxSize.toBytes() + ")");
        }
        int wrong = Utf8.firstInvalid(value);
        if (wrong >= 0) {
            throw new InvalidEventException(
                    InvalidReason.NOT_UTF8,
                    String.format("value: byte 0x%02x at %d (expected: UTF-8)", value[wrong], wrong));
        }
        if (Utf8.looksLikeUtf16Or32(value)) {
            throw new InvalidEventException(InvalidReason.NOT_UTF8, "value: UTF-16 or UTF-32 (expected: UTF-8)");
        }
        PushEvent usual = EnvelopeScanner.read(value);
        return usual == null ? parse(value) : usual;
    }

    /** Reads what is UTF-8 and not too large. */
    PushEvent parse(byte[] value) throws InvalidEventException {
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), value)) {
            return new Envelope(parser, value).read();
        } catch (StreamConstraintsException e) {
            throw new InvalidEventException(
                    InvalidReason.TOO_DEEP, "value: nested too deep (expected: at most " + MAX_DEPTH + " levels)");
        } catch (JacksonException e) {
            long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            throw new InvalidEventException(
                    InvalidReason.NOT_JSON,
                    "value: not JSON" + (at < 0 ? "" : " at byte " + at) + " (expected: one JSON object)");
        }
    }

    /** The event of what an envelope says; what is null it does not say. */
    static PushEvent event(
            List<String> tokens,
            @Nullable String entityType,
            @Nullable RawJson data,
            @Nullable String type,
            @Nullable String id,
            @Nullable String occurredAt) {
        return new PushEvent(
                tokens, entityType == null ? "" : entityType, data == null ? NO_DATA : data, type, id, occurredAt);
    }

    static boolean isToken(String text) {
        return !text.isEmpty() && text.length() <= MAX_TOKEN_CHARS;
    }

    static boolean isId(String text) {
        return text.length() <= MAX_ID_CHARS;
    }

    /** Whether it is as {@link #TYPE} says. */
    static boolean isType(String text) {
        if (text.isEmpty() || text.length() > MAX_TYPE_CHARS) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isLetter = c >= 'a' && c <= 'z';
            boolean isOther = (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
            if (!isLetter && (i == 0 || !isOther)) {
                return false;
            }
        }
        return true;
    }

    /** One pass over one value. */
    private static final class Envelope {
        private final JsonParser parser;
        private final byte[] value;
        private @Nullable List<String> tokens;
        private @Nullable String entityType;
        private @Nullable RawJson data;
        private @Nullable String type;
        private @Nullable String id;
        private @Nullable String occurredAt;
        private int seen;

        Envelope(JsonParser parser, byte[] value) {
            this.parser = parser;
            this.value = value;
        }

        PushEvent read() throws InvalidEventException {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                if (first != null) {
                    parser.skipChildren();
                    expectEnd();
                }
                throw first == null
                        ? new InvalidEventException(InvalidReason.NOT_JSON, "value: empty (expected: one JSON object)")
                        : new InvalidEventException(
                                InvalidReason.NOT_OBJECT, "value: " + kind(first) + " (expected: a JSON object)");
            }
            for (String field = parser.nextName(); field != null; field = parser.nextName()) {
                JsonToken token = parser.nextToken();
                switch (field) {
                    case "tokens" -> {
                        once(field, 1);
                        tokens = tokens(token);
                    }
                    case "entityType" -> {
                        once(field, 2);
                        entityType = string(field, token);
                    }
                    case "data" -> {
                        once(field, 4);
                        data = slice();
                    }
                    case "type" -> {
                        once(field, 8);
                        type = type(token);
                    }
                    case "id" -> {
                        once(field, 16);
                        id = id(token);
                    }
                    case "occurredAt" -> {
                        once(field, 32);
                        occurredAt = occurredAt(token);
                    }
                    default -> parser.skipChildren();
                }
            }
            expectEnd();
            if (tokens == null) {
                throw tokens("missing");
            }
            return event(tokens, entityType, data, type, id, occurredAt);
        }

        private void once(String field, int bit) throws InvalidEventException {
            if ((seen & bit) != 0) {
                throw new InvalidEventException(
                        InvalidReason.DUPLICATE_FIELD, field + ": stands twice (expected: once)");
            }
            seen |= bit;
        }

        private @Nullable List<String> tokens(JsonToken token) throws InvalidEventException {
            if (token == JsonToken.VALUE_NULL) {
                return null;
            }
            if (token != JsonToken.START_ARRAY) {
                throw tokens(kind(token));
            }
            Recipients recipients = new Recipients();
            for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
                if (recipients.count() == MAX_TOKENS) {
                    throw tokens("more than " + MAX_TOKENS);
                }
                recipients.add(token(t, recipients.count()));
            }
            if (recipients.count() == 0) {
                throw tokens("[]");
            }
            return recipients.list();
        }

        private String token(JsonToken token, int index) throws InvalidEventException {
            String found;
            if (token == JsonToken.VALUE_STRING
                    || token == JsonToken.VALUE_NUMBER_INT
                    || token == JsonToken.VALUE_NUMBER_FLOAT) {
                String text = parser.getString();
                if (isToken(text)) {
                    return text;
                }
                found = text.length() + " characters";
            } else {
                found = kind(token);
            }
            throw new InvalidEventException(
                    InvalidReason.TOKENS,
                    "tokens[" + index + "]: " + found + " (expected: a string of 1 to " + MAX_TOKEN_CHARS
                            + " characters, or a number)");
        }

        private static InvalidEventException tokens(String found) {
            return new InvalidEventException(
                    InvalidReason.TOKENS,
                    "tokens: " + found + " (expected: an array of 1 to " + MAX_TOKENS + " strings)");
        }

        private @Nullable String string(String field, JsonToken token) throws InvalidEventException {
            if (token == JsonToken.VALUE_NULL) {
                return null;
            }
            if (token != JsonToken.VALUE_STRING) {
                throw field(field, kind(token), "a string");
            }
            return parser.getString();
        }

        private @Nullable String id(JsonToken token) throws InvalidEventException {
            String text = string("id", token);
            if (text != null && !isId(text)) {
                throw field("id", text.length() + " characters", "at most " + MAX_ID_CHARS);
            }
            return text;
        }

        private @Nullable String type(JsonToken token) throws InvalidEventException {
            String text = string("type", token);
            if (text != null && !isType(text)) {
                throw field("type", quoted(text), "a lower-case name, " + TYPE);
            }
            return text;
        }

        private @Nullable String occurredAt(JsonToken token) throws InvalidEventException {
            String text = string("occurredAt", token);
            if (text != null && !Rfc3339.isDateTime(text)) {
                throw field("occurredAt", quoted(text), "an RFC 3339 date-time such as 2026-11-23T08:15:30.250Z");
            }
            return text;
        }

        /** The current value's bytes, from its first to its last; the parser stands at its end. */
        private RawJson slice() {
            int from = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            parser.finishToken();
            int to = (int) parser.currentLocation().getByteOffset();
            return new RawJson(value, from, to - from);
        }

        private void expectEnd() throws InvalidEventException {
            if (parser.nextToken() != null) {
                throw new InvalidEventException(
                        InvalidReason.NOT_JSON, "value: more after the first JSON value (expected: one JSON object)");
            }
        }

        private static InvalidEventException field(String field, String found, String expected) {
            return new InvalidEventException(
                    InvalidReason.FIELD, field + ": " + found + " (expected: " + expected + ")");
        }

        private static String quoted(String text) {
            return '"' + (text.length() <= 64 ? text : text.substring(0, 64) + "…") + '"';
        }

        private static String kind(JsonToken token) {
            return switch (token) {
                case START_OBJECT -> "an object";
                case START_ARRAY -> "an array";
                case VALUE_STRING -> "a string";
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                case VALUE_TRUE, VALUE_FALSE -> "a boolean";
                default -> "null";
            };
        }
    }
}
