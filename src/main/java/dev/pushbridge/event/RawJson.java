package dev.pushbridge.event;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One JSON value as the bytes that its producer wrote: a slice of valid UTF-8 that nobody may change.
 * The bytes are shared with the record they came from, not copied.
 */
@SuppressWarnings("ArrayRecordComponent") // a view for the hot path, never compared
public record RawJson(byte[] bytes, int offset, int length) {
    public static RawJson of(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        return new RawJson(bytes, 0, bytes.length);
    }

    /** The JSON text. */
    @Override
    public String toString() {
        return new String(bytes, offset, length, UTF_8);
    }
}
