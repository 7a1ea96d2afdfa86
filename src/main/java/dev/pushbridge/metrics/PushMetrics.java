package dev.pushbridge.metrics;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.HandOver;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.LoginResult;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.RevocationOutcome;
import dev.pushbridge.event.SessionEnd;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.springframework.stereotype.Component;

/**
 * Counts what happens, from zero at start. Thread-safe.
 *
 * <p>At rest, when nothing is on its way, {@code records consumed} is the sum of {@code records} over the outcomes, and
 * {@code deliveries started} that of {@code deliveries}.
 */
@Component
public final class PushMetrics {
    private final MeterRegistry registry;
    private final Counter recordsConsumed;
    private final Map<RecordOutcome, Counter> records;
    private final Counter deliveriesStarted;
    private final Map<DeliveryOutcome, Counter> deliveries;
    private final Counter recoveries;
    private final Counter replays;
    private final Map<ResyncReason, Counter> resyncs;
    private final Map<LoginResult, Counter> logins;
    private final Counter acknowledgements;
    private final Map<InvalidReason, Counter> deadLetters;
    private final Counter deadLetterFailures;
    private final Counter deadLettersLost;
    private final Map<HandOver, Counter> undelivered;
    private final Counter receiptsLost;
    private final Map<SessionEnd, Counter> sessionsEnded;
    private final Map<RequestRefusal, Counter> requestsRefused;
    private final Map<LoginRefusal, Counter> loginsRefused;
    private final Map<RevocationOutcome, Counter> revocations;

    public PushMetrics(MeterRegistry registry) {
        this.registry = registry;
        recordsConsumed = counter(Meters.RECORDS_CONSUMED);
        records = counters(Meters.RECORDS, RecordOutcome.class, RecordOutcome::word);
        deliveriesStarted = counter(Meters.DELIVERIES_STARTED);
        deliveries = counters(Meters.DELIVERIES, DeliveryOutcome.class, DeliveryOutcome::word);
        gauge(Meters.DELIVERIES_UNACCOUNTED, this::deliveriesUnaccounted);
        recoveries = counter(Meters.RECOVERIES);
        replays = counter(Meters.REPLAYS);
        resyncs = counters(Meters.RESYNCS, ResyncReason.class, ResyncReason::word);
        logins = counters(Meters.LOGINS, LoginResult.class, LoginResult::word);
        acknowledgements = counter(Meters.ACKNOWLEDGEMENTS);
        deadLetters = counters(Meters.DEAD_LETTERS, InvalidReason.class, InvalidReason::word);
        deadLetterFailures = counter(Meters.DEAD_LETTER_FAILURES);
        deadLettersLost = counter(Meters.DEAD_LETTERS_LOST);
        undelivered = counters(Meters.UNDELIVERED, HandOver.class, HandOver::word);
        receiptsLost = counter(Meters.RECEIPTS_LOST);
        sessionsEnded = counters(Meters.SESSIONS_ENDED, SessionEnd.class, SessionEnd::word);
        requestsRefused = counters(Meters.REQUESTS_REFUSED, RequestRefusal.class, RequestRefusal::word);
        loginsRefused = counters(Meters.LOGINS_REFUSED, LoginRefusal.class, LoginRefusal::word);
        revocations = counters(Meters.REVOCATIONS, RevocationOutcome.class, RevocationOutcome::word);
    }

    public void recordsConsumed(int count) {
        recordsConsumed.increment(count);
    }

    public void records(RecordOutcome outcome, int count) {
        of(records, outcome).increment(count);
    }

    public void deliveriesStarted(int count) {
        deliveriesStarted.increment(count);
    }

    public void deliveries(DeliveryOutcome outcome, int count) {
        of(deliveries, outcome).increment(count);
    }

    /** The ends are read first, so that a delivery that ends meanwhile shows as unaccounted and never as one too many. */
    private long deliveriesUnaccounted() {
        double ended = deliveries.values().stream().mapToDouble(Counter::count).sum();
        return (long) (deliveriesStarted.count() - ended);
    }

    /** A client is back, and so many deliveries start for what it has missed. */
    public void recovered(int missed) {
        recoveries.increment();
        replays.increment(missed);
        deliveriesStarted(missed);
    }

    public void resync(ResyncReason reason) {
        of(resyncs, reason).increment();
    }

    public void login(LoginResult result) {
        of(logins, result).increment();
    }

    public void acknowledged() {
        acknowledgements.increment();
    }

    public void deadLetter(InvalidReason reason) {
        of(deadLetters, reason).increment();
    }

    public void handOver(HandOver what) {
        of(undelivered, what).increment();
    }

    public void receiptsLost(int count) {
        receiptsLost.increment(count);
    }

    public void deadLetterFailure() {
        deadLetterFailures.increment();
    }

    public void deadLettersLost(long records) {
        deadLettersLost.increment((double) records);
    }

    public void sessionEnded(SessionEnd end) {
        of(sessionsEnded, end).increment();
    }

    public void requestRefused(RequestRefusal reason) {
        of(requestsRefused, reason).increment();
    }

    public void loginRefused(LoginRefusal reason) {
        login(LoginResult.REFUSED);
        of(loginsRefused, reason).increment();
    }

    public void revocation(RevocationOutcome outcome) {
        of(revocations, outcome).increment();
    }

    /** Shows a figure that somebody else keeps. The supplier is called by whoever scrapes, on any thread. */
    public void gauge(Meters meter, LongSupplier figure) {
        Gauge.builder(meter.meter(), figure, LongSupplier::getAsLong)
                .description(meter.help())
                .strongReference(true) // or the supplier, which nobody else keeps, is collected and the figure is NaN
                .register(registry);
    }

    private Counter counter(Meters meter) {
        return Counter.builder(meter.meter()).description(meter.help()).register(registry);
    }

    private <E extends Enum<E>> Map<E, Counter> counters(Meters meter, Class<E> type, Function<E, String> word) {
        Map<E, Counter> counters = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            counters.put(
                    value,
                    Counter.builder(meter.meter())
                            .tag(meter.tag(), word.apply(value))
                            .description(meter.help())
                            .register(registry));
        }
        return counters;
    }

    private static <E extends Enum<E>> Counter of(Map<E, Counter> counters, E value) {
        Counter counter = counters.get(value);
        if (counter == null) {
            throw new AssertionError("no counter for " + value);
        }
        return counter;
    }
}
