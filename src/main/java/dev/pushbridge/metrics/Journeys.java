package dev.pushbridge.metrics;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.pushbridge.event.Hop;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.RecordOutcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Measures how late events are, hop by hop, by following some of them: one of each poll of the topic, taken at random, and
 * those that their producer traces; and of their deliveries the first few. So the measuring does not grow with the load.
 *
 * <p>Between machines (the producer's, the record's) times are by their clocks, and never shown below zero.
 */
@Component
public final class Journeys {
    /** Deliveries of one event that are followed. */
    static final int LEGS = 8;

    private final Tracing tracing;
    private final Timer latency;
    private final Map<Hop, Timer> hops = new EnumMap<>(Hop.class);

    public Journeys(MeterRegistry registry, ObjectProvider<Tracer> tracers, ObjectProvider<Propagator> propagators) {
        tracing = new Tracing(tracers.getIfUnique(), propagators.getIfUnique());
        latency = timer(Meters.LATENCY).register(registry);
        for (Hop hop : Hop.values()) {
            hops.put(hop, timer(Meters.HOPS).tag(Meters.HOPS.tag(), hop.word()).register(registry));
        }
    }

    /** Its histogram has a bucket for each of these milliseconds. */
    private static Timer.Builder timer(Meters meter) {
        return Timer.builder(meter.meter())
                .description(meter.help())
                .serviceLevelObjectives(
                        LongStream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000)
                                .mapToObj(Duration::ofMillis)
                                .toArray(Duration[]::new));
    }

    /** Which one of so many records is followed. */
    public int oneOf(int records) {
        return ThreadLocalRandom.current().nextInt(records);
    }

    /** Whether every record that brings a {@code traceparent} is to be followed, by {@link #traced}. */
    public boolean isTracing() {
        return tracing.isOn();
    }

    /** Follows an event of a record that was read now, or a moment ago. */
    public Journey followed(RecordTimes times, @Nullable String occurredAt) {
        return new FollowedEvent(times, occurredAt, null);
    }

    /** The same, and has it in the trace of its producer, if that takes one of it. */
    public Journey traced(
            RecordTimes times, @Nullable String occurredAt, String traceparent, Map<String, String> tags) {
        return new FollowedEvent(
                times, occurredAt, tracing.begin(traceparent, "push dispatch", tags, times.readMillis));
    }

    /**
     * The times of a record.
     *
     * @param recordMillis its timestamp, in milliseconds since 1970
     * @param readMillis when this node had it, likewise
     * @param readNanos the same moment as {@link System#nanoTime}
     */
    public record RecordTimes(long recordMillis, long readMillis, long readNanos) {}

    private void measure(Hop hop, long nanos) {
        Timer timer = hops.get(hop);
        if (timer == null) {
            throw new AssertionError("no timer for " + hop);
        }
        timer.record(Math.max(0, nanos), NANOSECONDS);
    }

    private final class FollowedEvent implements Journey {
        private final RecordTimes times;
        private final @Nullable Span span;
        private final AtomicInteger legs = new AtomicInteger();
        /** Until it is set, a delivery that overtakes it counts from the reading. */
        private volatile long dispatchedNanos;

        FollowedEvent(RecordTimes times, @Nullable String occurredAt, @Nullable Span span) {
            this.times = times;
            this.span = span;
            dispatchedNanos = times.readNanos;
            tracing.within(span, () -> {
                if (occurredAt != null) {
                    measureProduced(occurredAt);
                }
                measure(Hop.READ, MILLISECONDS.toNanos(times.readMillis - times.recordMillis));
            });
        }

        /** What the decoder took for a date and time may still be one that Java has none for: a leap second. */
        private void measureProduced(String occurredAt) {
            try {
                long occurred = OffsetDateTime.parse(occurredAt).toInstant().toEpochMilli();
                measure(Hop.PRODUCED, MILLISECONDS.toNanos(times.recordMillis - occurred));
            } catch (DateTimeException e) {
                // not measured
            }
        }

        @Override
        public void dispatched(RecordOutcome outcome) {
            long now = System.nanoTime();
            dispatchedNanos = now;
            tracing.within(span, () -> measure(Hop.DISPATCHED, now - times.readNanos));
            if (span != null) {
                span.tag("push.outcome", outcome.word()).end();
            }
        }

        @Override
        public @Nullable Leg leg(String socketId) {
            return legs.getAndIncrement() < LEGS ? new FollowedLeg(this, socketId) : null;
        }

        long millisAt(long nanos) {
            return times.readMillis + NANOSECONDS.toMillis(nanos - times.readNanos);
        }
    }

    private final class FollowedLeg implements Journey.Leg {
        private final FollowedEvent event;
        private final String socketId;
        private long writtenNanos;
        private @Nullable Span write;

        FollowedLeg(FollowedEvent event, String socketId) {
            this.event = event;
            this.socketId = socketId;
        }

        @Override
        public void written() {
            writtenNanos = System.nanoTime();
            long handedNanos = event.dispatchedNanos;
            write = tracing.past(event.span, "push write", tags(), event.millisAt(handedNanos));
            tracing.within(write, () -> {
                measure(Hop.WRITTEN, writtenNanos - handedNanos);
                latency.record(Math.max(0, System.currentTimeMillis() - event.times.recordMillis), MILLISECONDS);
            });
        }

        @Override
        public void acknowledged() {
            Span acknowledge = tracing.past(write, "push acknowledge", tags(), event.millisAt(writtenNanos));
            tracing.within(acknowledge, () -> measure(Hop.ACKNOWLEDGED, System.nanoTime() - writtenNanos));
        }

        private Map<String, String> tags() {
            return Map.of("push.socket.id", socketId);
        }
    }
}
