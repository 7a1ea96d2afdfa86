package dev.pushbridge.ingest;

import java.util.concurrent.ThreadFactory;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * The two threads that a container of the dead letters needs, one to read and one to watch over it, for all containers one
 * after the other. A container makes its consumer before it asks for either (spring-kafka 4.1.2), and where it gets none,
 * nobody closes that consumer. In a wrapping, because Boot's own executors step back where there is a bean of their type.
 */
final class DeadLetterThreads implements AutoCloseable {
    private static final int THREADS = 2;

    private final ThreadPoolTaskScheduler threads = new ThreadPoolTaskScheduler();

    DeadLetterThreads(ThreadFactory factory) {
        threads.setThreadFactory(factory);
        threads.setPoolSize(THREADS);
        threads.initialize();
    }

    /** With both threads there, until the end. Throws what the JVM does where one cannot be made, which may be tried again. */
    ThreadPoolTaskScheduler started() {
        threads.getScheduledThreadPoolExecutor().prestartAllCoreThreads();
        return threads;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
