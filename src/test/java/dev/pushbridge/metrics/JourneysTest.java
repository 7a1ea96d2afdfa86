package dev.pushbridge.metrics;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Hop;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Journeys.RecordTimes;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

final class JourneysTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Journeys journeys = new Journeys(
            registry,
            new StaticListableBeanFactory().getBeanProvider(Tracer.class),
            new StaticListableBeanFactory().getBeanProvider(Propagator.class));
    private final long now = System.currentTimeMillis();
    private final RecordTimes times = new RecordTimes(now - 300, now, System.nanoTime());

    @Test
    void everyHopIsMeasuredOnce() {
        Journey journey =
                journeys.followed(times, Instant.ofEpochMilli(now - 1000).toString());
        journey.dispatched(RecordOutcome.DISPATCHED);
        Journey.Leg leg = Objects.requireNonNull(journey.leg("a socket"));
        leg.written();
        leg.acknowledged();

        for (Hop hop : Hop.values()) {
            assertThat(timer(hop).count()).as(hop.word()).isEqualTo(1);
        }
        assertThat(timer(Hop.PRODUCED).totalTime(MILLISECONDS)).isEqualTo(700);
        assertThat(timer(Hop.READ).totalTime(MILLISECONDS)).isEqualTo(300);
        Timer latency = registry.get(Meters.LATENCY.meter()).timer();
        assertThat(latency.count()).isEqualTo(1);
        assertThat(latency.totalTime(MILLISECONDS)).isBetween(300.0, 60_000.0);
    }

    @Test
    void clockOfTheProducerThatIsAheadIsNoTimeBelowZero() {
        journeys.followed(
                new RecordTimes(now + 5000, now, System.nanoTime()),
                Instant.ofEpochMilli(now + 9000).toString());

        assertThat(timer(Hop.READ).totalTime(MILLISECONDS)).isZero();
        assertThat(timer(Hop.PRODUCED).totalTime(MILLISECONDS)).isZero();
    }

    @Test
    void timeThatJavaDoesNotKnowIsNotMeasured() {
        journeys.followed(times, "2016-12-31T23:59:60Z");

        assertThat(timer(Hop.PRODUCED).count()).isZero();
        assertThat(timer(Hop.READ).count()).isEqualTo(1);
    }

    @Test
    void eventForThousandsIsFollowedToAFewOfThem() {
        Journey journey = journeys.followed(times, null);

        assertThat(IntStream.range(0, 1000)
                        .filter(i -> journey.leg("socket " + i) != null)
                        .count())
                .isEqualTo(Journeys.LEGS);
    }

    @Test
    void traceparentThatTakesNoTraceBeginsNone() {
        assertThat(Tracing.isSampled("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
                .isTrue();
        assertThat(Tracing.isSampled("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"))
                .isFalse();
        assertThat(Tracing.isSampled("00")).isFalse();
        assertThat(journeys.isTracing()).isFalse();
    }

    private Timer timer(Hop hop) {
        return registry.get(Meters.HOPS.meter())
                .tag(Meters.HOPS.tag(), hop.word())
                .timer();
    }
}
