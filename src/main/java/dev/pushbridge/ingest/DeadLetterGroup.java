package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.pushbridge.event.StopOrder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.listener.MessageListenerContainer;

/**
 * Keeps the dead letters' container running. On a thread of its own, and for as long as it takes: a consumer cannot even be
 * made while no name of a broker can be resolved, and that must keep nobody from anything. An error of the JVM ends a
 * container for good; nobody else would begin it again.
 */
final class DeadLetterGroup implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(DeadLetterGroup.class);
    private static final Duration RETRY_WAIT = Duration.ofSeconds(1);

    private final MessageListenerContainer container;
    private final DeadLetterHold hold;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread keeper = new Thread(this::keepRunning, "push-dead-letters-keep");

    DeadLetterGroup(MessageListenerContainer container, DeadLetterHold hold) {
        this.container = container;
        this.hold = hold;
    }

    /** False when the container has given up, which it does only on an error of the JVM, and is not begun again yet. */
    boolean isWell() {
        return container.isInExpectedState();
    }

    @Override
    public void start() {
        keeper.start();
    }

    @Override
    public void stop() {
        stopped.countDown();
        try {
            keeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        container.stop();
    }

    @Override
    public boolean isRunning() {
        return keeper.isAlive() || container.isRunning();
    }

    @Override
    public int getPhase() {
        return StopOrder.GROUPS.phase();
    }

    private void keepRunning() {
        boolean started = false;
        try {
            do {
                if (!started) {
                    started = startContainer();
                } else if (!isWell()) {
                    log.warn("The dead letters' consumer has ended, and another one is begun");
                    started = startContainer();
                }
            } while (!stopped.await(RETRY_WAIT.toMillis(), MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean startContainer() {
        try {
            container.start();
            hold.release();
            return true;
        } catch (KafkaException e) {
            hold.begin("no consumer can be made: " + e.getMessage());
            return false;
        }
    }
}
