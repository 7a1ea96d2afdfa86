package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was refused and how sessions ended, and logs it: one line a second and reason, as a sum, and never what a
 * client sent. So no client can fill a disk. Thread-safe.
 */
final class Ledger {
    private static final Logger log = LoggerFactory.getLogger(Ledger.class);
    /** Ends that somebody should hear of; the others are daily life. */
    private static final Set<SessionEnd> NOTED = EnumSet.of(
            SessionEnd.SLOW,
            SessionEnd.POLL_OVERLAP,
            SessionEnd.PROTOCOL,
            SessionEnd.NOT_UTF8,
            SessionEnd.TOO_LARGE,
            SessionEnd.FLOOD,
            SessionEnd.NAMESPACES,
            SessionEnd.TOO_EARLY,
            SessionEnd.INTERNAL);

    private final PushMetrics metrics;
    private final Map<RequestRefusal, LongAdder> refused = adders(RequestRefusal.class);
    private final Map<SessionEnd, LongAdder> ended = adders(SessionEnd.class);
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicLong lastFaultSecond = new AtomicLong();

    Ledger(PushMetrics metrics) {
        this.metrics = metrics;
    }

    void refused(RequestRefusal reason) {
        metrics.requestRefused(reason);
        requireNonNull(refused.get(reason)).increment();
    }

    void ended(SessionEnd end) {
        metrics.sessionEnded(end);
        if (NOTED.contains(end)) {
            requireNonNull(ended.get(end)).increment();
        }
    }

    /** Notes a fault of ours; the first of a second with its stack. */
    void fault(String doing, Throwable fault) {
        faults.incrementAndGet();
        long second = System.nanoTime() / 1_000_000_000;
        if (lastFaultSecond.getAndSet(second) != second) {
            log.error("Failed at {}", doing, fault);
        }
    }

    /** Logs what has come together. Called once a second. */
    void report() {
        refused.forEach((reason, count) -> report("Refused requests", reason.word(), count.sumThenReset()));
        ended.forEach((end, count) -> report("Ended sessions", end.word(), count.sumThenReset()));
        int count = faults.getAndSet(0);
        if (count > 1) {
            log.error("Faults: {}", count);
        }
    }

    private static void report(String what, String reason, long count) {
        if (count > 0) {
            log.info("{}: {} ({})", what, count, reason);
        }
    }

    /** One for each value, so that the map is only read from then on. */
    private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> type) {
        Map<E, LongAdder> adders = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            adders.put(value, new LongAdder());
        }
        return adders;
    }
}
