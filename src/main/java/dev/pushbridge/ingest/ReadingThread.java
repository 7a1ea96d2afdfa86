package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that reads Kafka until it is told to stop. A {@link Consumer} belongs to one thread; the one call that another
 * may make is its {@code wakeup}, and that is how this one ends in the middle of a poll. Nothing else may end it, whatever
 * the reading fails at: nobody would begin another. The reading answers for that itself; if it fails at that too, it is
 * begun again.
 */
final class ReadingThread {
    private static final Logger log = LoggerFactory.getLogger(ReadingThread.class);
    private static final Duration RETRY_WAIT = Duration.ofSeconds(1);

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Runnable reading;
    private final Thread thread;
    private volatile @Nullable Consumer<byte[], byte[]> current;

    ReadingThread(String name, Runnable reading) {
        this.reading = reading;
        thread = new Thread(this::run, name);
    }

    private void run() {
        while (!isStopping()) {
            try {
                reading.run();
            } catch (RuntimeException | Error e) {
                tell(log, "Beginning again", e);
                awaitRetry();
            }
        }
    }

    void start() {
        thread.start();
    }

    /** Ends the reading, and waits for it. From any other thread. */
    void stop() {
        stopped.countDown();
        Consumer<byte[], byte[]> consumer = current;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isRunning() {
        return thread.isAlive();
    }

    // ---- for the reading

    boolean isStopping() {
        return stopped.getCount() == 0;
    }

    /** Names the consumer that is read from now on. */
    void reads(Consumer<byte[], byte[]> consumer) {
        current = consumer;
    }

    /**
     * Tells what was failed at: what Kafka says in a line, and a fault of our own with its stack. If that cannot be told, as
     * when the memory is full, the caller goes on all the same.
     */
    static void tell(Logger log, String what, Throwable cause) {
        try {
            if (cause instanceof KafkaException) {
                log.warn("{}: {}", what, cause.getMessage());
            } else {
                log.error("{}: {}", what, cause.getMessage(), cause);
            }
        } catch (RuntimeException | Error e) {
            return; // there is nobody left to tell
        }
    }

    /** Waits before the next try, but not for the end. */
    void awaitRetry() {
        try {
            stopped.await(RETRY_WAIT.toMillis(), MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
