package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.socket.Pids.Pid;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class PidsTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final String ID = "AAECAwQFBgcICQoLDA0O";
    private static final String CURSOR = "AQAAAAcBAg";

    private final Pids pids = pids(NOW, "first key");

    private static Pids pids(Instant now, String... keys) {
        return new Pids(
                List.of(keys).stream().map(key -> key.getBytes(UTF_8)).toList(),
                Duration.ofHours(1),
                Clock.fixed(now, ZoneOffset.UTC));
    }

    @Test
    void pidSaysWhichSessionItWas_whose_andWhereItBegan() {
        Pid pid = read(pids, pids.newPid(ID, "anna", CURSOR));
        assertThat(pid.id()).isEqualTo(ID);
        assertThat(pid.isOf("anna")).isTrue();
        assertThat(pid.isOf("ben")).isFalse();
        assertThat(Objects.requireNonNull(pid.begin()).text()).isEqualTo(CURSOR);
    }

    @Test
    void pidOfASessionWithoutALoginIsOfNobody() {
        Pid pid = read(pids, pids.newPid(ID, null, ""));
        assertThat(pid.isOf("")).isFalse();
        assertThat(pid.begin()).isNull();
    }

    @Test
    void tokenCannotBeReadFromIt() {
        String text = pids.newPid(ID, "anna-secret", CURSOR);
        assertThat(new String(Base64.getUrlDecoder().decode(text), UTF_8)).doesNotContain("anna-secret");
        assertThat(text).matches("[A-Za-z0-9_-]+");
    }

    @Test
    void oneChangedBitMakesItNothing() {
        byte[] bytes = Base64.getUrlDecoder().decode(pids.newPid(ID, "anna", CURSOR));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(pids.read(Base64.getUrlEncoder().encodeToString(bytes))).isNull();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
        assertThat(pids.read(Base64.getUrlEncoder().encodeToString(bytes))).isNotNull();
    }

    @Test
    void whatIsNoPidIsNothing() {
        for (String text : List.of("", "AQ", "?", "pid", "A".repeat(100), "A".repeat(1 << 20))) {
            assertThat(pids.read(text)).isNull();
        }
    }

    @Test
    void keysAreChangedOneAfterTheOther() {
        String old = pids(NOW, "old").newPid(ID, "anna", CURSOR);
        assertThat(pids(NOW, "new").read(old)).as("of other nodes").isNull();
        assertThat(read(pids(NOW, "new", "old"), old).isOf("anna")).isTrue();
        assertThat(pids(NOW, "old").read(pids(NOW, "new", "old").newPid(ID, "anna", CURSOR)))
                .as("the first signs")
                .isNull();
    }

    @Test
    void pidEndsWithItsLifetime() {
        String text = pids.newPid(ID, "anna", CURSOR);
        assertThat(pids(NOW.plus(Duration.ofHours(1)), "first key").read(text)).isNotNull();
        assertThat(pids(NOW.plus(Duration.ofHours(1)).plusSeconds(1), "first key")
                        .read(text))
                .isNull();
    }

    private static Pid read(Pids pids, String text) {
        return Objects.requireNonNull(pids.read(text));
    }
}
