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
 * Counts what was refused and how sessions ended, and logs it: as sums by reason, the first within a second, then, as long
 * as it goes on, at intervals that double up to ten minutes; and never what a client sent. So no client can fill a disk, or
 * a screen. Thread-safe.
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
    private final Map<RequestRefusal, Tally> refused = tallies(RequestRefusal.class);
    private final Map<SessionEnd, Tally> ended = tallies(SessionEnd.class);
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicLong lastFaultSecond = new AtomicLong();

    Ledger(PushMetrics metrics) {
        this.metrics = metrics;
    }

    void refused(RequestRefusal reason) {
        metrics.requestRefused(reason);
        requireNonNull(refused.get(reason)).count.increment();
    }

    void ended(SessionEnd end) {
        metrics.sessionEnded(end);
        if (NOTED.contains(end)) {
            requireNonNull(ended.get(end)).count.increment();
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
        refused.forEach((reason, count) -> report("Refused requests", reason.word(), count.due()));
        ended.forEach((end, count) -> report("Ended sessions", end.word(), count.due()));
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
    private static <E extends Enum<E>> Map<E, Tally> tallies(Class<E> type) {
        Map<E, Tally> tallies = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            tallies.put(value, new Tally());
        }
        return tallies;
    }

    /** Counts from any thread, until it is asked once a second, by one, what of it is to be told now. */
    private static final class Tally {
        private static final int LONGEST_PAUSE_SECONDS = 600;

        final LongAdder count = new LongAdder();
        /** Seconds between the last line and the next. */
        private int pause;
        /** Seconds since the last line. */
        private int seconds;

        /** What has come together since the last line, or 0 while it is too early for another. */
        long due() {
            seconds++;
            if (seconds < pause) {
                return 0;
            }
            long sum = count.sumThenReset();
            if (sum > 0) {
                pause = Math.min(Math.max(1, pause * 2), LONGEST_PAUSE_SECONDS);
                seconds = 0;
            } else if (seconds > 2 * pause) {
                pause = 0; // it has been quiet
            }
            return sum;
        }
    }
}
