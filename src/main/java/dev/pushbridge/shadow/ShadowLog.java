package dev.pushbridge.shadow;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.pushbridge.event.StopOrder;
import dev.pushbridge.shadow.Shadow.Need;
import dev.pushbridge.shadow.Shadow.Report;
import dev.pushbridge.shadow.Sightings.Seen;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Tells the log once a minute, and at the end, what was seen so far. */
final class ShadowLog implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ShadowLog.class);
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final Shadow shadow;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "push-shadow"));
    private volatile boolean running;

    ShadowLog(Shadow shadow) {
        this.shadow = shadow;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the thread
    public void start() {
        running = true;
        log.info("Shadow mode: this node reads and reports; it opens no socket and writes nothing to Kafka");
        thread.scheduleAtFixedRate(this::tell, INTERVAL.toNanos(), INTERVAL.toNanos(), NANOSECONDS);
    }

    @Override
    public void stop() {
        thread.shutdownNow();
        tell();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.SUMMARY.phase();
    }

    private void tell() {
        log.info("Shadow: {}", line(shadow.report()));
    }

    static String line(Report report) {
        Seen seen = report.topic();
        Need window = report.replayWindow();
        String invalid = seen.invalid().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(reason -> reason.getKey() + " " + reason.getValue())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d records in %d s, %.1f/s, at most %d; %.1f recipients/s, at most %d; %.1f recipients an event,"
                        + " half up to %d, 99 %% up to %d, at most %d; no events: %s; bad timestamps: %d;"
                        + " replay window: %d events, %.1f MB for the last %d s, %d s at this rate take %.1f MB of %.1f",
                seen.records(),
                seen.span().toSeconds(),
                seen.recordRate().mean(),
                seen.recordRate().most(),
                seen.recipientRate().mean(),
                seen.recipientRate().most(),
                seen.fanOut().mean(),
                seen.fanOut().half(),
                seen.fanOut().most(),
                seen.fanOut().largest(),
                invalid.isEmpty() ? "none" : invalid,
                seen.badTimestamps(),
                window.events(),
                window.bytes() / 1e6,
                window.reach().toSeconds(),
                window.wantedReach().toSeconds(),
                window.wantedBytes() / 1e6,
                window.mostBytes() / 1e6);
    }
}
