package dev.pushbridge.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes a frame's payload, {@code 42["receive_message",{"entityType":…,"data":…,"id":…,"type":…,"occurredAt":…}}:
 * {@code data} as the producer's bytes, the optional fields only where the event has them. Not thread-safe: every event is
 * written over the one before it.
 */
final class FrameEncoder {
    private static final byte[] HEAD = ascii("42[\"receive_message\",{\"entityType\":");
    private static final byte[] DATA = ascii(",\"data\":");
    private static final byte[] ID = ascii(",\"id\":");
    private static final byte[] TYPE = ascii(",\"type\":");
    private static final byte[] OCCURRED_AT = ascii(",\"occurredAt\":");
    private static final byte[] TAIL = ascii("}");
    private static final byte[] HEX = ascii("0123456789abcdef");

    /** Larger ones are rare, and not kept. */
    private static final int KEPT_BYTES = 64 << 10;

    private byte[] out = new byte[1024];
    private int size;

    /** Writes the event's payload. */
    void encode(PushEvent event) {
        if (out.length > KEPT_BYTES) {
            out = new byte[KEPT_BYTES];
        }
        size = 0;
        bytes(HEAD);
        string(event.entityType());
        bytes(DATA);
        raw(event.data());
        field(ID, event.id());
        field(TYPE, event.type());
        field(OCCURRED_AT, event.occurredAt());
        bytes(TAIL);
    }

    /** The payload, from 0 to {@link #size}; the next one overwrites it. */
    byte[] payload() {
        return out;
    }

    int size() {
        return size;
    }

    private void field(byte[] name, @Nullable String value) {
        if (value != null) {
            bytes(name);
            string(value);
        }
    }

    private void raw(RawJson json) {
        ensure(json.length());
        System.arraycopy(json.bytes(), json.offset(), out, size, json.length());
        size += json.length();
    }

    private void bytes(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, out, size, bytes.length);
        size += bytes.length;
    }

    /** A JSON string (RFC 8259 section 7): quotes, backslashes and control characters escaped, all else as UTF-8. */
    private void string(String value) {
        byte[] utf8 = value.getBytes(UTF_8);
        ensure(utf8.length * 6 + 2); // the longest escape of a byte has six: \\u001f
        out[size++] = '"';
        for (byte b : utf8) {
            if (b == '"' || b == '\\') {
                out[size++] = '\\';
                out[size++] = b;
            } else if (b >= 0 && b < 0x20) {
                control(b);
            } else {
                out[size++] = b;
            }
        }
        out[size++] = '"';
    }

    private void control(byte b) {
        out[size++] = '\\';
        out[size++] = 'u';
        out[size++] = '0';
        out[size++] = '0';
        out[size++] = HEX[b >> 4];
        out[size++] = HEX[b & 0xf];
    }

    private void ensure(int more) {
        if (out.length - size < more) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, size + more));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }
}
