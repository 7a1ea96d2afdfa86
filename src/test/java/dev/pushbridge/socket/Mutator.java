package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changes valid bytes a little, so that they come far before they go wrong. The same seed, the same changes. */
final class Mutator {
    /** What parsers stumble over. */
    private static final List<String> WORDS = List.of(
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "9",
            "2probe",
            "40",
            "41",
            "42",
            "43",
            "44",
            "450-",
            "451-",
            "459999999-",
            "-1",
            "99999999999999999999",
            "[",
            "]",
            "{",
            "}",
            "[[[[[[[[",
            "\"",
            "\\",
            "\\u0000",
            "\u001e",
            ":",
            "b",
            "b4",
            "/",
            "/a,",
            "//",
            "?",
            "?a=%",
            ",",
            "null",
            "true",
            "1e999",
            "{\"_placeholder\":true,\"num\":0}",
            "{\"_placeholder\":true,\"num\":-1}",
            "[\"connect\"]",
            "\u00e9",
            "\ud83d\ude00",
            "\u0000",
            "\r\n",
            "\r\n\r\n",
            "GET ",
            "POST ",
            "HTTP/1.1",
            "EIO=3",
            "EIO=4",
            "transport=websocket",
            "transport=polling",
            "sid=",
            "b64=1",
            "j=0",
            "Content-Length: 0",
            "Content-Length: 10",
            "Transfer-Encoding: chunked",
            "Expect: 100-continue",
            "Connection: close",
            "Upgrade: websocket",
            "Content-Type: application/octet-stream");

    private final Random random;

    Mutator(long seed) {
        this.random = new Random(seed);
    }

    /** 0 to {@code bound} - 1. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    <T> T anyOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    String changed(String text) {
        return new String(changed(text.getBytes(UTF_8)), UTF_8);
    }

    /** Mostly one change, sometimes several. */
    byte[] changed(byte[] bytes) {
        byte[] changed = bytes;
        do {
            changed = changedOnce(changed);
        } while (oneIn(2));
        return changed;
    }

    private byte[] changedOnce(byte[] bytes) {
        int from = below(bytes.length + 1);
        int to = from + below(bytes.length - from + 1);
        return switch (below(8)) {
            case 0 -> flipped(bytes);
            case 1 -> put(bytes, from, from, new byte[] {(byte) random.nextInt(256)});
            case 2 -> put(bytes, from, to, new byte[0]);
            case 3 -> put(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
            case 4 -> Arrays.copyOf(bytes, from);
            case 5 ->
                put(
                        bytes,
                        from,
                        Math.min(bytes.length, from + below(3)),
                        anyOf(WORDS).getBytes(UTF_8));
            case 6 -> put(bytes, from, from, anyOf(WORDS).repeat(1 + below(20)).getBytes(UTF_8));
            default -> put(bytes, from, from, String.valueOf(random.nextInt()).getBytes(ISO_8859_1));
        };
    }

    private byte[] flipped(byte[] bytes) {
        byte[] flipped = bytes.clone();
        if (flipped.length > 0) {
            flipped[below(flipped.length)] ^= (byte) (1 << below(8));
        }
        return flipped;
    }

    private static byte[] put(byte[] bytes, int from, int to, byte[] middle) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length + middle.length);
        all.write(bytes, 0, from);
        all.writeBytes(middle);
        all.write(bytes, to, bytes.length - to);
        return all.toByteArray();
    }
}
