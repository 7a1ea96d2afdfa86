package dev.pushbridge.shadow;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.shadow.Sightings.Report;
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

    private final Sightings sightings;
    private final ReplayWindow window;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "push-shadow"));
    private volatile boolean running;

    ShadowLog(Sightings sightings, ReplayWindow window) {
        this.sightings = sightings;
        this.window = window;
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

    private void tell() {
        log.info("Shadow: {}", line(sightings.report(), window.bytes(), window.events()));
    }

    static String line(Report seen, long windowBytes, int windowEvents) {
        String invalid = seen.invalid().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(reason -> reason.getKey() + " " + reason.getValue())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d records in %d s, %.1f/s, at most %d; %.1f recipients/s, at most %d; %.1f recipients an event,"
                        + " half up to %d, 99 %% up to %d, at most %d; no events: %s; replay window: %.1f MB for %d events",
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
                windowBytes / 1e6,
                windowEvents);
    }
}
