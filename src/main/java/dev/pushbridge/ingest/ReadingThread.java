package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A thread that reads Kafka until it is told to stop. A {@link Consumer} belongs to one thread; the one call that another
 * may make is its {@code wakeup}, and that is how this one ends in the middle of a poll. Nothing else may end it, whatever
 * the reading fails at: nobody would begin another.
 */
final class ReadingThread {
    private static final Duration RETRY_WAIT = Duration.ofSeconds(1);

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Consumer<byte[], byte[]> current;

    ReadingThread(String name, Runnable reading) {
        thread = new Thread(reading, name);
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

    /** Tells why nothing is read: what Kafka says in a line, and a fault of our own with its stack. */
    static void tell(Logger log, String what, Throwable cause) {
        if (cause instanceof KafkaException) {
            log.warn("{}: {}", what, cause.getMessage());
        } else {
            log.error("{}: {}", what, cause.getMessage(), cause);
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
