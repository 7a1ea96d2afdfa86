package dev.pushbridge.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reads every partition of the topic and hands each event to the dispatcher: the hot path's way in, and the one thread
 * that dispatches.
 *
 * <p>It belongs to no consumer group, so that every node sees every event, and commits nothing: it starts at the end of
 * the topic. A partition that appears later is read from its beginning. If the consumer fails, a new one goes on where the
 * old one was; while there is no broker or no topic, it waits, says in the log for what, and the node is not ready.
 */
final class TopicTail implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration POLL_WAIT = Duration.ofMillis(500);
    private static final Duration RETRY_WAIT = Duration.ofSeconds(1);
    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    /** A wait is logged when it begins, and then every so many tries. */
    private static final int TRIES_PER_LOG_LINE = 30;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final String bootstrapServers;
    private final KafkaSettings settings;
    private final EventReader reader;
    private final Dispatcher dispatcher;
    private final PushMetrics metrics;

    /** Where to go on, by partition; touched by the tail's thread only. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "push-tail");
    private volatile @Nullable Consumer<byte[], byte[]> current;
    private volatile String waitingFor = "the start";

    TopicTail(
            Supplier<Consumer<byte[], byte[]>> consumers,
            String bootstrapServers,
            KafkaSettings settings,
            EventReader reader,
            Dispatcher dispatcher,
            PushMetrics metrics) {
        this.consumers = consumers;
        this.bootstrapServers = bootstrapServers;
        this.settings = settings;
        this.reader = reader;
        this.dispatcher = dispatcher;
        this.metrics = metrics;
    }

    /** What the tail waits for, or "" while it reads the topic. */
    String waitingFor() {
        return waitingFor;
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() {
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

    @Override
    public boolean isRunning() {
        return thread.isAlive();
    }

    private void run() {
        int tries = 0;
        while (!stopping()) {
            try (Consumer<byte[], byte[]> consumer = consumers.get()) {
                current = consumer;
                assign(consumer);
                tries = 0;
                log.info("Tailing {}: {} partitions", settings.topic(), positions.size());
                waitingFor = "";
                tail(consumer);
            } catch (WakeupException e) {
                log.debug("Stopping");
            } catch (RuntimeException e) {
                awaitRetry(e, tries++);
            }
        }
        waitingFor = "the end";
    }

    /** Takes every partition from where the tail was before, or from its end on the first time. */
    private void assign(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = partitions(consumer);
        if (partitions.isEmpty()) {
            throw new UnknownTopicOrPartitionException("it does not exist");
        }
        consumer.assign(partitions);
        if (positions.isEmpty()) {
            positions.putAll(consumer.endOffsets(partitions, BROKER_WAIT));
        }
        seek(consumer, partitions);
    }

    private void tail(Consumer<byte[], byte[]> consumer) {
        long checkedAt = System.nanoTime();
        while (!stopping()) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL_WAIT);
            if (!records.isEmpty()) {
                accept(records);
            }
            if (System.nanoTime() - checkedAt
                    > settings.partitionCheckInterval().toNanos()) {
                takeNewPartitions(consumer);
                checkedAt = System.nanoTime();
            }
        }
    }

    private void accept(ConsumerRecords<byte[], byte[]> records) {
        try {
            for (TopicPartition partition : records.partitions()) {
                for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                    positions.put(partition, record.offset() + 1);
                    metrics.recordConsumed();
                    metrics.record(outcome(record));
                }
            }
        } finally {
            dispatcher.flush();
        }
    }

    private RecordOutcome outcome(ConsumerRecord<byte[], byte[]> record) {
        try {
            return dispatcher.dispatch(reader.read(record.value()));
        } catch (InvalidEventException e) {
            return RecordOutcome.INVALID; // the group makes it a dead letter, once per cluster
        }
    }

    /** The client refreshes its view of the topic by itself; this only looks at it. */
    private void takeNewPartitions(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = partitions(consumer);
        if (partitions.size() > positions.size()) {
            log.info("Tailing {}: {} partitions, {} before", settings.topic(), partitions.size(), positions.size());
            consumer.assign(partitions);
            seek(consumer, partitions);
        }
    }

    private void seek(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            consumer.seek(partition, positions.computeIfAbsent(partition, p -> 0L));
        }
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        List<PartitionInfo> infos = consumer.partitionsFor(settings.topic(), BROKER_WAIT);
        if (infos != null) { // null is what some clients say of a topic that does not exist
            infos.forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
        }
        return partitions;
    }

    private void awaitRetry(RuntimeException cause, int tries) {
        waitingFor = (cause instanceof UnknownTopicOrPartitionException ? "topic " + settings.topic() + " on " : "")
                + "Kafka at " + bootstrapServers;
        if (tries % TRIES_PER_LOG_LINE == 0) {
            boolean expected = cause instanceof KafkaException;
            log.warn("Waiting for {}: {}", waitingFor, cause.getMessage(), expected ? null : cause);
        }
        try {
            stopped.await(RETRY_WAIT.toMillis(), MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean stopping() {
        return stopped.getCount() == 0;
    }
}
