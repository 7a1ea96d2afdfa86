package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records that producers usually write, in one pass over the bytes and without a JSON parser, which costs several
 * times as much.
 *
 * <p>It decides nothing: what is unusual, be it valid or not, it leaves to the parser, which also says what is wrong with
 * it; and what it reads, the parser reads alike. Unusual is an escape in the envelope or in a name, a field that stands
 * twice, and data that is more than {@value #MAX_DEPTH} levels deep. {@code data} and unknown fields are held to the
 * whole grammar (RFC 8259).
 */
final class EnvelopeScanner {
    /** A level is a bit of a long. */
    private static final int MAX_DEPTH = 64;

    private static final byte[] TOKENS = ascii("tokens");
    private static final byte[] ENTITY_TYPE = ascii("entityType");
    private static final byte[] DATA = ascii("data");
    private static final byte[] TYPE = ascii("type");
    private static final byte[] ID = ascii("id");
    private static final byte[] OCCURRED_AT = ascii("occurredAt");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] NULL = ascii("null");

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long QUOTES = '"' * ONES;
    private static final long BACKSLASHES = '\\' * ONES;
    private static final long SPACES = ' ' * ONES;

    private final byte[] in;
    private int at;

    private @Nullable Recipients tokens;
    private @Nullable String entityType;
    private @Nullable RawJson data;
    private @Nullable String type;
    private @Nullable String id;
    private @Nullable String occurredAt;
    private int seen;

    private EnvelopeScanner(byte[] value) {
        in = value;
    }

    /**
     * The event, or null if the value is for the parser.
     *
     * @param value valid UTF-8; the event shares it
     */
    static @Nullable PushEvent read(byte[] value) {
        return new EnvelopeScanner(value).read();
    }

    private @Nullable PushEvent read() {
        if (!take('{')) {
            return null;
        }
        do {
            if (!takeField()) {
                return null;
            }
        } while (take(','));
        if (!take('}') || tokens == null) {
            return null;
        }
        skipSpace();
        return at < in.length ? null : EventDecoder.event(tokens.list(), entityType, data, type, id, occurredAt);
    }

    private boolean takeField() {
        if (!take('"')) {
            return false;
        }
        int from = at;
        if (!skipPlainString()) {
            return false;
        }
        int to = at - 1;
        if (!take(':')) {
            return false;
        }
        return switch (to - from) {
            case 2 -> isNamed(ID, from, to) ? takeId() : skipValue();
            case 4 -> isNamed(DATA, from, to) ? takeData() : isNamed(TYPE, from, to) ? takeType() : skipValue();
            case 6 -> isNamed(TOKENS, from, to) ? takeTokens() : skipValue();
            case 10 ->
                isNamed(ENTITY_TYPE, from, to)
                        ? takeEntityType()
                        : isNamed(OCCURRED_AT, from, to) ? takeOccurredAt() : skipValue();
            default -> skipValue();
        };
    }

    private boolean isNamed(byte[] name, int from, int to) {
        return Arrays.equals(in, from, to, name, 0, name.length);
    }

    // ---- the fields: false if they are for the parser

    private boolean takeTokens() {
        if (!isFirst(1) || !take('[')) {
            return false;
        }
        tokens = new Recipients();
        do {
            String token = takeToken();
            if (token == null || !EventDecoder.isToken(token) || tokens.count() == EventDecoder.MAX_TOKENS) {
                return false;
            }
            tokens.add(token);
        } while (take(','));
        return take(']');
    }

    private @Nullable String takeToken() {
        skipSpace();
        if (at < in.length && in[at] != '"') {
            int from = at;
            return skipNumber() ? new String(in, from, at - from, ISO_8859_1) : null;
        }
        return takeString();
    }

    private boolean takeEntityType() {
        if (!isFirst(2)) {
            return false;
        }
        if (takeNull()) {
            return true;
        }
        entityType = takeString();
        return entityType != null;
    }

    private boolean takeData() {
        if (!isFirst(4)) {
            return false;
        }
        skipSpace();
        int from = at;
        if (!skipValue()) {
            return false;
        }
        data = new RawJson(in, from, at - from);
        return true;
    }

    private boolean takeType() {
        if (!isFirst(8)) {
            return false;
        }
        if (takeNull()) {
            return true;
        }
        type = takeString();
        return type != null && EventDecoder.isType(type);
    }

    private boolean takeId() {
        if (!isFirst(16)) {
            return false;
        }
        if (takeNull()) {
            return true;
        }
        id = takeString();
        return id != null && EventDecoder.isId(id);
    }

    private boolean takeOccurredAt() {
        if (!isFirst(32)) {
            return false;
        }
        if (takeNull()) {
            return true;
        }
        occurredAt = takeString();
        return occurredAt != null && Rfc3339.isDateTime(occurredAt);
    }

    private boolean isFirst(int bit) {
        boolean isFirst = (seen & bit) == 0;
        seen |= bit;
        return isFirst;
    }

    private boolean takeNull() {
        skipSpace();
        return skip(NULL);
    }

    /** A string without escapes, or null. */
    private @Nullable String takeString() {
        if (!take('"')) {
            return null;
        }
        int from = at;
        return skipPlainString() ? new String(in, from, at - 1 - from, UTF_8) : null;
    }

    // ---- the grammar: each goes behind what it names, or says that it is not there

    private boolean skipValue() {
        long arrays = 0; // a bit for each level that is open: whether it is an array
        int depth = 0;
        while (true) {
            skipSpace();
            if (at == in.length) {
                return false;
            }
            byte begin = in[at];
            if (begin == '{' || begin == '[') {
                boolean isArray = begin == '[';
                at++;
                if (!take(isArray ? ']' : '}')) {
                    if (++depth > MAX_DEPTH || !(isArray || skipName())) {
                        return false;
                    }
                    arrays = (arrays << 1) | (isArray ? 1 : 0);
                    continue;
                }
            } else if (!skipScalar(begin)) {
                return false;
            }
            while (depth > 0 && !take(',')) {
                if (!take((arrays & 1) == 1 ? ']' : '}')) {
                    return false;
                }
                arrays >>>= 1;
                depth--;
            }
            if (depth == 0) {
                return true;
            }
            if ((arrays & 1) == 0 && !skipName()) {
                return false;
            }
        }
    }

    private boolean skipName() {
        return take('"') && skipPlainString() && take(':'); // the parser does not take every escape in a name
    }

    private boolean skipScalar(byte begin) {
        return switch (begin) {
            case '"' -> {
                at++;
                yield skipString();
            }
            case 't' -> skip(TRUE);
            case 'f' -> skip(FALSE);
            case 'n' -> skip(NULL);
            default -> skipNumber();
        };
    }

    private boolean skip(byte[] word) {
        int to = at + word.length;
        if (to > in.length || !Arrays.equals(in, at, to, word, 0, word.length)) {
            return false;
        }
        at = to;
        return true;
    }

    private boolean skipNumber() {
        skipIf('-');
        if (!skipIf('0') && !skipDigits()) {
            return false;
        }
        if (skipIf('.') && !skipDigits()) {
            return false;
        }
        if (skipIf('e') || skipIf('E')) {
            if (!skipIf('+')) {
                skipIf('-');
            }
            return skipDigits();
        }
        return true;
    }

    private boolean skipDigits() {
        int from = at;
        while (at < in.length && in[at] >= '0' && in[at] <= '9') {
            at++;
        }
        return at > from;
    }

    /** The rest of a string, its closing quote included. */
    private boolean skipString() {
        while (skipPlain()) {
            byte special = in[at++];
            if (special == '"') {
                return true;
            }
            if (special != '\\' || !skipEscape()) {
                return false;
            }
        }
        return false;
    }

    /** The same of one without escapes. */
    private boolean skipPlainString() {
        return skipPlain() && in[at++] == '"';
    }

    private boolean skipEscape() {
        if (at == in.length) {
            return false;
        }
        byte escaped = in[at++];
        return escaped == 'u' ? skipHexDigits() : "\"\\/bfnrt".indexOf(escaped) >= 0;
    }

    private boolean skipHexDigits() {
        if (in.length - at < 4) {
            return false;
        }
        for (int to = at + 4; at < to; at++) {
            if (Character.digit(in[at], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Up to the next quote, backslash or control character; false if there is none. Eight at a time. */
    private boolean skipPlain() {
        int i = at;
        while (i + Long.BYTES <= in.length && !hasSpecial((long) LONG.get(in, i))) {
            i += Long.BYTES;
        }
        while (i < in.length && !isSpecial(in[i])) {
            i++;
        }
        at = i;
        return i < in.length;
    }

    /** Whether one of the eight is less than a space, a quote or a backslash; bytes above 0x7f are none of these. */
    private static boolean hasSpecial(long eight) {
        long quotes = eight ^ QUOTES;
        long backslashes = eight ^ BACKSLASHES;
        long below = (eight - SPACES) & ~eight;
        long quote = (quotes - ONES) & ~quotes;
        long backslash = (backslashes - ONES) & ~backslashes;
        return ((below | quote | backslash) & HIGH_BITS) != 0;
    }

    private static boolean isSpecial(byte b) {
        return b == '"' || b == '\\' || (b >= 0 && b < ' ');
    }

    private boolean skipIf(char expected) {
        if (at < in.length && in[at] == expected) {
            at++;
            return true;
        }
        return false;
    }

    private boolean take(char expected) {
        skipSpace();
        return skipIf(expected);
    }

    private void skipSpace() {
        while (at < in.length && in[at] <= ' ' && isSpace(in[at])) { // usually there is none, and one compare says so
            at++;
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
