package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.pushbridge.event.StopOrder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.KafkaException;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.listener.MessageListenerContainer;

/**
 * Starts and stops the dead letters' container. On a thread of its own, and for as long as it takes: a consumer cannot
 * even be made while no name of a broker can be resolved, and that must keep nobody from anything.
 */
final class DeadLetterGroup implements SmartLifecycle {
    private static final Duration RETRY_WAIT = Duration.ofSeconds(1);

    private final MessageListenerContainer container;
    private final DeadLetterHold hold;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread starter = new Thread(this::startContainer, "push-dead-letters-start");

    DeadLetterGroup(MessageListenerContainer container, DeadLetterHold hold) {
        this.container = container;
        this.hold = hold;
    }

    /** False when the container has given up, which it does only on an error of the JVM. */
    boolean isWell() {
        return container.isInExpectedState();
    }

    @Override
    public void start() {
        starter.start();
    }

    @Override
    public void stop() {
        stopped.countDown();
        try {
            starter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        container.stop();
    }

    @Override
    public boolean isRunning() {
        return starter.isAlive() || container.isRunning();
    }

    @Override
    public int getPhase() {
        return StopOrder.GROUPS.phase();
    }

    private void startContainer() {
        try {
            do {
                try {
                    container.start();
                    hold.release();
                    return;
                } catch (KafkaException e) {
                    hold.begin("no consumer can be made: " + e.getMessage());
                }
            } while (!stopped.await(RETRY_WAIT.toMillis(), MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
