package dev.pushbridge.metrics;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.pushbridge.event.StopOrder;
import dev.pushbridge.settings.PushSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Tells the log in one line, every {@code push.summary-interval} and at the stop, what happened since the last such line:
 * the counters' growth, so that a day fits on a screen.
 */
@Component
final class Summary implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Summary.class);

    private final SummaryLine line;
    private final Duration interval;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "push-summary"));
    private volatile boolean running;

    Summary(MeterRegistry registry, PushSettings settings) {
        line = new SummaryLine(registry);
        interval = settings.summaryInterval();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the thread
    public void start() {
        running = true;
        if (!interval.isZero()) {
            thread.scheduleAtFixedRate(this::tell, interval.toNanos(), interval.toNanos(), NANOSECONDS);
        }
    }

    /** The line has what the stop itself did. */
    @Override
    public void stop() {
        thread.shutdownNow();
        if (!interval.isZero()) {
            tell();
        }
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
        log.info("{}", line.next());
    }
}
