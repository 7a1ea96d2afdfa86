package dev.pushbridge.ingest;

import dev.pushbridge.event.StopOrder;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.listener.MessageListenerContainer;

/**
 * Keeps a container of the dead letters running. On a thread of its own, and for as long as it takes: a consumer cannot even
 * be made while no name of a broker can be resolved, and that must keep nobody from anything. An error of the JVM ends a
 * container for good; nobody else would begin another. One that has failed at its start is not begun again: it may believe
 * that it runs.
 */
final class DeadLetterGroup implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(DeadLetterGroup.class);

    private final Supplier<MessageListenerContainer> containers;
    private final DeadLetterHold hold;
    private final ReadingThread keeper = new ReadingThread("push-dead-letters-keep", this::keepRunning);
    /** The one that runs, or has ended; null while none has been begun. Set by the keeper. */
    private volatile @Nullable MessageListenerContainer container;

    DeadLetterGroup(Supplier<MessageListenerContainer> containers, DeadLetterHold hold) {
        this.containers = containers;
        this.hold = hold;
    }

    /** False when the container has given up, which it does only on an error of the JVM, and no other is begun yet. */
    boolean isWell() {
        MessageListenerContainer latest = container;
        return latest == null || latest.isInExpectedState();
    }

    @Override
    public void start() {
        keeper.start();
    }

    @Override
    public void stop() {
        keeper.stop();
        MessageListenerContainer latest = container;
        if (latest != null) {
            latest.stop();
        }
    }

    @Override
    public boolean isRunning() {
        MessageListenerContainer latest = container;
        return keeper.isRunning() || (latest != null && latest.isRunning());
    }

    @Override
    public int getPhase() {
        return StopOrder.GROUPS.phase();
    }

    private void keepRunning() {
        while (!keeper.isStopping()) {
            if (container == null) {
                begin();
            } else if (!isWell()) {
                container = null;
                log.warn("The dead letters' consumer has ended, and another one is begun");
                begin();
            }
            keeper.awaitRetry();
        }
    }

    private void begin() {
        MessageListenerContainer next = null;
        try {
            next = containers.get();
            next.start();
            hold.release();
            container = next;
        } catch (RuntimeException | Error e) {
            hold.begin("no consumer can be made: " + (e instanceof KafkaException ? e.getMessage() : e));
            abandon(next);
        }
    }

    /** Ends what of it has begun; without a thread it cannot even be stopped. */
    private static void abandon(@Nullable MessageListenerContainer failed) {
        try {
            if (failed != null) {
                failed.stop();
            }
        } catch (RuntimeException | Error e) {
            log.debug("It had no thread", e);
        }
    }
}
