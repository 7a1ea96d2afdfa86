package dev.pushbridge.canary;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.settings.CanarySettings;
import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

final class CanaryTest {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration MAX_AGE = Duration.ofSeconds(30);

    private final List<String> topic = new ArrayList<>();
    private final FakeEar ear = new FakeEar();
    private long now = 1_000_000;
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
    private final Canary canary = canary(new CanarySettings(INTERVAL, MAX_AGE));
    private final CanaryHealth health = new CanaryHealth(canary);

    private Canary canary(CanarySettings settings) {
        return new Canary(
                settings,
                "its token",
                value -> {
                    topic.add(new String(value, UTF_8));
                    return written;
                },
                ear,
                () -> now);
    }

    @Test
    void isWellAsLongAsEventsComeBack() {
        assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);

        canary.sing();
        ear.hear(dataOf(topic.get(0)));
        after(MAX_AGE);
        assertThat(health.health().getStatus()).isEqualTo(Status.UP);
        assertThat(canary.age()).isEqualTo(MAX_AGE);

        after(Duration.ofNanos(1));
        assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(health.health().getDetails())
                .containsEntry("waitingFor", "an event that was written to the topic to come back");
    }

    @Test
    void ageIsThatOfTheNewestEventThatCameBackInWhateverOrder() {
        canary.sing();
        after(INTERVAL);
        canary.sing();
        ear.hear(dataOf(topic.get(1)));
        ear.hear(dataOf(topic.get(0)));

        assertThat(canary.age()).isZero();
    }

    @Test
    void eventThatTheTopicDoesNotTakeIsSaid() {
        written = CompletableFuture.failedFuture(new IOException("no right to write"));

        canary.sing();

        assertThat(health.health().getDetails())
                .containsEntry("waitingFor", "the topic to take an event: no right to write");
    }

    @Test
    void connectionThatFailsIsSaidAndTriedAgain() {
        ear.failure = new IOException("refused");
        canary.sing();
        assertThat(health.health().getDetails())
                .containsEntry("waitingFor", "a connection to this node's own socket: refused");
        assertThat(topic).isEmpty();

        ear.failure = null;
        canary.sing();
        assertThat(topic).hasSize(1);
    }

    @Test
    void connectionThatBrokeIsOpenedAgain() {
        canary.sing();
        ear.close();
        canary.sing();
        ear.hear(dataOf(topic.get(1)));

        assertThat(canary.isWell()).isTrue();
    }

    @Test
    void isNoMatterOfReadinessWhileItIsOff() {
        Canary off = canary(new CanarySettings(Duration.ZERO, MAX_AGE));
        after(Duration.ofHours(1));

        assertThat(off.age()).isZero();
        assertThat(new CanaryHealth(off).health().getStatus()).isEqualTo(Status.UNKNOWN);
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

    private static long dataOf(String record) {
        assertThat(Json.parse(record).path("tokens").path(0).asString()).isEqualTo("its token");
        return Json.parse(record).path("data").asLong();
    }

    private static final class FakeEar implements Ear {
        private @Nullable LongConsumer hearer;
        private @Nullable IOException failure;

        @Override
        public void open(LongConsumer heard) throws IOException {
            if (failure != null) {
                throw failure;
            }
            hearer = heard;
        }

        void hear(long number) {
            if (hearer == null) {
                throw new AssertionError("not open");
            }
            hearer.accept(number);
        }

        @Override
        public boolean isOpen() {
            return hearer != null;
        }

        @Override
        public void close() {
            hearer = null;
        }
    }
}
