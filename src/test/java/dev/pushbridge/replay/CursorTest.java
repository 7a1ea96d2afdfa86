package dev.pushbridge.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CursorTest {
    private static final int TOPIC = 0xcafe_babe;

    @Test
    void textIsReadAsWhatWasWritten() {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long[] positions = new long[random.nextInt(20)];
            for (int p = 0; p < positions.length; p++) {
                positions[p] = random.nextLong() >>> (1 + random.nextInt(62));
            }
            Cursor cursor = Cursor.of(Cursor.of(TOPIC, positions).text());
            assertThat(cursor.topic()).as("seed %d", seed).isEqualTo(TOPIC);
            assertThat(cursor.positions(cursor.partitions()))
                    .as("seed %d", seed)
                    .isEqualTo(positions);
        }
    }

    @Test
    void textNeedsNoEscapeInJsonOrInAUrl() {
        assertThat(Cursor.of(TOPIC, new long[] {Long.MAX_VALUE, 0, 77}).text()).matches("[A-Za-z0-9_-]+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?", "AQ", "cursor", "AQAAAAAB", "AQAAAAD_____Dw", "\u00e4", "AQAAAAABAgI"})
    void anythingElseIsUnreadable(String text) {
        assertThat(Cursor.of(text)).isSameAs(Cursor.UNREADABLE);
    }

    @Test
    void anotherVersionIsUnreadable() {
        byte[] bytes =
                Base64.getUrlDecoder().decode(Cursor.of(TOPIC, new long[] {1}).text());
        bytes[0]++;
        assertThat(Cursor.of(Base64.getUrlEncoder().encodeToString(bytes))).isSameAs(Cursor.UNREADABLE);
    }

    @Test
    void noTextBreaksTheReader() {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = 1;
            }
            Cursor cursor = Cursor.of(Base64.getUrlEncoder().encodeToString(bytes));
            for (int p = 0; p < cursor.partitions(); p++) {
                assertThat(cursor.position(p)).as("seed %d", seed).isNotNegative();
            }
        }
    }

    @Test
    void bothTogetherHaveWhatEitherHas() {
        Cursor one = Cursor.of(TOPIC, new long[] {5, 9});
        Cursor other = Cursor.of(TOPIC, new long[] {7, 2, 1});
        assertThat(one.with(other).positions(3)).containsExactly(7, 9, 1);
        assertThat(one.with(Cursor.UNREADABLE)).isSameAs(one);
        assertThat(Cursor.UNREADABLE.with(one)).isSameAs(one);
    }

    @Test
    void partitionThatIsNotInItWasNotThereYet() {
        assertThat(Cursor.of(TOPIC, new long[] {5}).position(1)).isZero();
    }

    /** A billion records a partition, evenly keyed: the partitions differ by about the root of that. */
    @ParameterizedTest
    @CsvSource({"1, 16", "12, 58", "100, 420"})
    void sizeIsSmall(int partitions, int characters) {
        Random random = new Random(1);
        long[] positions = new long[partitions];
        for (int p = 0; p < partitions; p++) {
            positions[p] = 1_000_000_000L + (long) (random.nextGaussian() * 31_623);
        }
        assertThat(Cursor.of(TOPIC, positions).text()).hasSizeLessThanOrEqualTo(characters);
    }
}
