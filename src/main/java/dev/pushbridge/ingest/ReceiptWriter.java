package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.event.StopOrder;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.UndeliveredSettings.TakenBy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Writes what this node's sessions have taken to the receipts topic, for whichever node does the handing over: many in
 * one record, several times a second. Those that cannot be written are lost and counted; the event is then handed over
 * although it was taken. That errs on the side of telling twice.
 */
final class ReceiptWriter implements Receipts, SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ReceiptWriter.class);
    private static final int WAITING = 200_000;
    private static final int BATCH = 2_000;
    private static final long PAUSE_MILLIS = 100;
    /** How long what waits may take to be written at the end. */
    private static final Duration LAST_WRITES = Duration.ofSeconds(5);

    private final String topic;
    private final TakenBy takenBy;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private final PushMetrics metrics;
    private final Clock clock;
    private final BlockingQueue<Receipt> waiting = new ArrayBlockingQueue<>(WAITING);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "push-receipts");
    /** What is being written; the thread's. */
    private final List<Receipt> batch = new ArrayList<>(BATCH);

    private volatile Instant end = Instant.MAX;

    ReceiptWriter(
            String topic,
            TakenBy takenBy,
            Supplier<Producer<byte[], byte[]>> producers,
            PushMetrics metrics,
            Clock clock) {
        this.topic = topic;
        this.takenBy = takenBy;
        this.producers = producers;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public boolean wantsAcknowledgements() {
        return takenBy == TakenBy.ACKNOWLEDGEMENT;
    }

    @Override
    public void handed(int partition, long offset, String token) {
        if (takenBy == TakenBy.SESSION) {
            add(new Receipt(partition, offset, token));
        }
    }

    @Override
    public void acknowledged(int partition, long offset, String token) {
        if (takenBy == TakenBy.ACKNOWLEDGEMENT) {
            add(new Receipt(partition, offset, token));
        }
    }

    @Override
    public void repeated(int partition, long offset) {
        add(Receipt.ofRepeat(partition, offset));
    }

    private void add(Receipt receipt) {
        if (!waiting.offer(receipt)) {
            metrics.receiptsLost(1);
        }
    }

    @Override
    public void start() {
        thread.start();
    }

    /** What was taken until now is still written, as far as a broker that answers has the time to take it. */
    @Override
    public void stop() {
        end = clock.instant().plus(LAST_WRITES);
        stopped.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return thread.isAlive();
    }

    @Override
    public int getPhase() {
        return StopOrder.RECEIPTS.phase();
    }

    private void run() {
        try {
            while (!stopped.await(PAUSE_MILLIS, MILLISECONDS)) {
                write();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        write();
    }

    /** All that waits. A fault costs the receipts that it met: if it ended the thread, all that come would be lost. */
    private void write() {
        do {
            batch.clear();
            try {
                waiting.drainTo(batch, BATCH);
                byPartition(batch).forEach(this::write);
            } catch (RuntimeException | Error fault) {
                failed(batch, fault);
            }
        } while (!batch.isEmpty());
    }

    private static Map<Integer, List<Receipt>> byPartition(List<Receipt> receipts) {
        Map<Integer, List<Receipt>> byPartition = new TreeMap<>();
        receipts.forEach(receipt -> byPartition
                .computeIfAbsent(receipt.partition(), partition -> new ArrayList<>())
                .add(receipt));
        return byPartition;
    }

    /** To the partition of the same number, or the one that stands for it where there are fewer. */
    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears it
    private void write(int partition, List<Receipt> receipts) {
        try {
            if (clock.instant().isAfter(end)) {
                lost(receipts, new TimeoutException("the end has come"));
                return;
            }
            Producer<byte[], byte[]> producer = producers.get();
            int to = partition % producer.partitionsFor(topic).size();
            producer.send(
                    new ProducerRecord<>(topic, to, null, Receipt.write(partition, receipts)), (sent, failure) -> {
                        if (failure != null) {
                            lost(receipts, failure);
                        }
                    });
        } catch (KafkaException | IllegalStateException e) { // the latter from a producer closed at shutdown
            lost(receipts, e);
        } catch (RuntimeException | Error fault) {
            failed(receipts, fault);
        }
    }

    private void failed(List<Receipt> receipts, Throwable fault) {
        metrics.receiptsLost(receipts.size());
        ReadingThread.tell(log, "Failed at writing receipts", fault);
    }

    private void lost(List<Receipt> receipts, Throwable cause) {
        metrics.receiptsLost(receipts.size());
        log.debug("{} receipts lost", receipts.size(), cause);
    }
}
