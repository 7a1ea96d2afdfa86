package dev.pushbridge.canary;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.StopOrder;
import dev.pushbridge.settings.CanarySettings;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * A user of the bridge's own: produces an event to the real topic at intervals, and hears it on a real socket of this
 * node. The age of the newest event that came back is the one figure that cannot be good while pushes do not arrive.
 *
 * <p>Its token is a secret of this process, so that nobody else gets its events. On the other nodes they are for nobody.
 *
 * <p>Sending happens on the canary's thread, hearing on the ear's; what they share is in two atomic fields.
 */
final class Canary implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Canary.class);

    private final CanarySettings settings;
    private final String token;
    private final Function<byte[], CompletableFuture<Void>> topic;
    private final Ear ear;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "push-canary"));

    /** When the newest event was sent that came back, in nanoseconds since the canary was made. */
    private final AtomicLong heard = new AtomicLong();

    private volatile boolean heardAnything;
    private volatile String waitingFor = "the first event to come back";
    private volatile boolean running;
    /** Of the canary's thread. */
    private boolean late;

    Canary(
            CanarySettings settings,
            String token,
            Function<byte[], CompletableFuture<Void>> topic,
            Ear ear,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.token = token;
        this.topic = topic;
        this.ear = ear;
        long start = nanoTime.getAsLong();
        this.nanoTime = () -> nanoTime.getAsLong() - start;
    }

    boolean isOff() {
        return settings.interval().isZero();
    }

    /** Since when nothing has come back; zero while the canary is off. */
    Duration age() {
        return isOff() ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - heard.get());
    }

    /** Whether events come back. */
    boolean isWell() {
        return heardAnything && age().compareTo(settings.maxAge()) <= 0;
    }

    /** What the latest try came to, while the canary is not well. */
    String waitingFor() {
        return waitingFor;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the thread
    public void start() {
        running = true;
        if (!isOff()) {
            thread.scheduleWithFixedDelay(this::sing, 0, settings.interval().toNanos(), NANOSECONDS);
        }
    }

    @Override
    public void stop() {
        thread.shutdownNow();
        ear.close();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** With the sockets, and by its dependence on them after them; it stops first. */
    @Override
    public int getPhase() {
        return StopOrder.SOCKETS.phase();
    }

    /** One try. The broad catch: whatever goes wrong, the next try comes. */
    void sing() {
        try {
            if (!ear.isOpen()) {
                waitingFor = "a connection to this node's own socket";
                ear.open(this::heard);
            }
            publish(nanoTime.getAsLong());
        } catch (IOException | RuntimeException e) {
            waitingFor = "a connection to this node's own socket: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tellChange();
    }

    /** The number in the event is when it was sent. */
    @SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard, or not
    private void publish(long sentAt) {
        String record =
                "{\"tokens\":[\"" + token + "\"],\"type\":\"" + PushEvent.CANARY + "\",\"data\":" + sentAt + "}";
        topic.apply(record.getBytes(UTF_8)).whenComplete((done, failure) -> {
            waitingFor = failure == null
                    ? "an event that was written to the topic to come back"
                    : "the topic to take an event: " + failure.getMessage();
        });
    }

    private void heard(long sentAt) {
        heard.accumulateAndGet(sentAt, Math::max);
        heardAnything = true;
    }

    private void tellChange() {
        boolean lateNow = age().compareTo(settings.maxAge()) > 0;
        if (lateNow != late) {
            late = lateNow;
            if (lateNow) {
                log.warn("Not ready: no canary for {} s; waiting for {}", age().toSeconds(), waitingFor);
            } else {
                log.info("The canary is back");
            }
        }
    }
}
