package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
    /** The JDK's strict decoder is the model; random bytes are biased towards the edges of the encoding's table. */
    @Test
    void agreesWithTheJdkOnRandomBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] edges = {
            0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
            0xff
        };
        int valid = 0;
        for (int n = 0; n < 200_000; n++) {
            byte[] bytes = new byte[random.nextInt(24)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(3) == 0 ? 0x61 : edges[random.nextInt(edges.length)]);
            }
            int expected = firstInvalidByJdk(bytes);
            assertThat(Utf8.firstInvalid(bytes))
                    .as("seed %d, round %d", seed, n)
                    .isEqualTo(expected);
            valid += expected < 0 ? 1 : 0;
        }
        assertThat(valid).isPositive();
    }

    @Test
    void everyCharacterIsValid() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                all.appendCodePoint(c);
            }
        }
        assertThat(Utf8.firstInvalid(all.toString().getBytes(UTF_8))).isEqualTo(-1);
    }

    private static int firstInvalidByJdk(byte[] bytes) {
        CharsetDecoder decoder = UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CoderResult result = decoder.decode(in, CharBuffer.allocate(bytes.length + 1), true);
        return result.isError() ? in.position() : -1;
    }
}
