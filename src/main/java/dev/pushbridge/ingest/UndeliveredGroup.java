package dev.pushbridge.ingest;

import dev.pushbridge.event.HandOver;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.ingest.Outstanding.Waiting;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Hands over what nobody took in time, once for the whole cluster: a consumer group of its own reads the events, and each
 * member, beside its partitions of them, the nodes' receipts for those.
 *
 * <p>An event waits until its time is over, counted from its timestamp, or from when this member got the partition if that
 * was later: a member that takes over, or a cluster that was down, gives the clients the time to come back. Before it is
 * judged, all receipts are read that are in their topic by then. Its offset is committed when everything before it is
 * judged and what was handed over is confirmed; so nothing is left out, and after a crash some may be handed over twice,
 * with the same key.
 *
 * <p>A receipt that comes afterwards takes back what this member handed over. What it no longer knows, because it lost the
 * partition since or has handed over {@link #REMEMBERED} more, is not taken back.
 */
final class UndeliveredGroup implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(UndeliveredGroup.class);
    static final int REMEMBERED = 100_000;
    private static final Duration POLL_WAIT = Duration.ofMillis(200);
    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    /** A receipt is written after the event; clocks may disagree by so much. */
    private static final long CLOCK_SKEW_MILLIS = 60_000;
    /** Data of events that wait; above it no more are read. */
    private static final long MAX_BYTES = 64 << 20;

    private static final int TRIES_PER_LOG_LINE = 30;

    private final KafkaSettings settings;
    private final String receiptsTopic;
    private final Duration after;
    private final Supplier<Consumer<byte[], byte[]>> members;
    private final Supplier<Consumer<byte[], byte[]>> receiptReaders;
    private final UndeliveredWriter writer;
    private final EventReader reader;
    private final PushMetrics metrics;
    private final Clock clock;

    private final ReadingThread thread = new ReadingThread("push-undelivered", this::run);

    UndeliveredGroup(
            KafkaSettings settings,
            String receiptsTopic,
            Duration after,
            Supplier<Consumer<byte[], byte[]>> members,
            Supplier<Consumer<byte[], byte[]>> receiptReaders,
            UndeliveredWriter writer,
            EventReader reader,
            PushMetrics metrics,
            Clock clock) {
        this.settings = settings;
        this.receiptsTopic = receiptsTopic;
        this.after = after;
        this.members = members;
        this.receiptReaders = receiptReaders;
        this.writer = writer;
        this.reader = reader;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() {
        thread.stop();
    }

    @Override
    public boolean isRunning() {
        return thread.isRunning();
    }

    private void run() {
        int tries = 0;
        while (!thread.isStopping()) {
            try (Consumer<byte[], byte[]> events = members.get();
                    Consumer<byte[], byte[]> receipts = receiptReaders.get()) {
                thread.reads(events);
                Membership membership = new Membership(events, receipts);
                events.subscribe(List.of(settings.topic()), membership);
                while (!thread.isStopping()) {
                    membership.step();
                    tries = 0;
                }
            } catch (WakeupException e) {
                log.debug("Stopping");
            } catch (RuntimeException e) {
                awaitRetry(e, tries++);
            }
        }
    }

    private void awaitRetry(RuntimeException cause, int tries) {
        if (tries % TRIES_PER_LOG_LINE == 0) {
            log.warn(
                    "Handing over nothing, and trying again until it works: {}",
                    cause.getMessage(),
                    cause instanceof KafkaException ? null : cause);
        }
        thread.awaitRetry();
    }

    /** What this member has, from its joining to its next failure. */
    private final class Membership implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> events;
        private final Consumer<byte[], byte[]> receipts;
        private final Map<TopicPartition, Share> shares = new HashMap<>();
        private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();

        Membership(Consumer<byte[], byte[]> events, Consumer<byte[], byte[]> receipts) {
            this.events = events;
            this.receipts = receipts;
        }

        void step() {
            for (ConsumerRecord<byte[], byte[]> record : events.poll(POLL_WAIT)) {
                take(record);
            }
            if (!receipts.assignment().isEmpty()) {
                receipts.poll(Duration.ZERO).forEach(this::hear);
            }
            long now = clock.millis();
            if (shares.values().stream().anyMatch(share -> share.outstanding.due(now) != null)) {
                hearAll();
                handOver(now);
            }
            shares.values().forEach(Share::confirm);
            commit();
            keepWithinBounds();
        }

        private void take(ConsumerRecord<byte[], byte[]> record) {
            Share share = shares.get(new TopicPartition(record.topic(), record.partition()));
            if (share == null) {
                return;
            }
            if (!share.hears) {
                share.hears = true;
                listen(record.partition(), record.timestamp() - CLOCK_SKEW_MILLIS);
            }
            try {
                PushEvent event = reader.read(record.value());
                if (!event.isCanary()) {
                    long from = Math.max(share.sinceMillis, Math.min(record.timestamp(), clock.millis()));
                    share.outstanding.add(record.offset(), event, from + after.toMillis());
                }
            } catch (InvalidEventException e) {
                log.trace("A dead letter", e);
            }
        }

        /** Reads the receipts for one more partition, from that time on; those for others may come again. */
        private void listen(int partition, long millis) {
            TopicPartition topicPartition = receiptsOf(partition);
            TreeSet<Integer> all = new TreeSet<>();
            receipts.assignment().forEach(assigned -> all.add(assigned.partition()));
            all.add(topicPartition.partition());
            receipts.assign(
                    all.stream().map(p -> new TopicPartition(receiptsTopic, p)).toList());
            OffsetAndTimestamp first = receipts.offsetsForTimes(
                            Map.of(topicPartition, Math.max(0, millis)), BROKER_WAIT)
                    .get(topicPartition);
            if (first == null) {
                receipts.seekToEnd(List.of(topicPartition));
                receipts.position(topicPartition, BROKER_WAIT); // now, and not when it is polled
            } else {
                receipts.seek(topicPartition, first.offset());
            }
        }

        private TopicPartition receiptsOf(int partition) {
            List<PartitionInfo> partitions = receipts.partitionsFor(receiptsTopic, BROKER_WAIT);
            if (partitions == null || partitions.isEmpty()) { // as some clients say of a topic that does not exist
                throw new UnknownTopicOrPartitionException("topic " + receiptsTopic + " does not exist");
            }
            return new TopicPartition(receiptsTopic, partition % partitions.size());
        }

        private void hear(ConsumerRecord<byte[], byte[]> record) {
            for (Receipt receipt : Receipt.read(record.value())) {
                Share share = shares.get(new TopicPartition(settings.topic(), receipt.partition()));
                if (share != null && !share.outstanding.note(receipt)) {
                    share.takeBack(receipt);
                }
            }
        }

        /** Everything that is there by now. */
        private void hearAll() {
            Map<TopicPartition, Long> ends = receipts.endOffsets(receipts.assignment(), BROKER_WAIT);
            while (ends.entrySet().stream()
                    .anyMatch(end -> receipts.position(end.getKey(), BROKER_WAIT) < end.getValue())) {
                receipts.poll(POLL_WAIT).forEach(this::hear);
                if (thread.isStopping()) {
                    throw new WakeupException();
                }
            }
        }

        private void handOver(long now) {
            for (Share share : shares.values()) {
                share.outstanding.dropTaken();
                for (Waiting due = share.outstanding.due(now); due != null; due = share.outstanding.due(now)) {
                    share.handOver(due);
                    share.outstanding.dropFirst();
                    share.outstanding.dropTaken();
                }
            }
        }

        private void commit() {
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            shares.forEach((partition, share) -> {
                share.outstanding.dropTaken();
                OffsetAndMetadata offset = new OffsetAndMetadata(share.outstanding.firstOr(events.position(partition)));
                if (!offset.equals(committed.put(partition, offset))) {
                    next.put(partition, offset);
                }
            });
            try {
                if (!next.isEmpty()) {
                    events.commitSync(next, BROKER_WAIT);
                }
            } catch (CommitFailedException | RebalanceInProgressException e) {
                log.debug("The partitions are on their way to somebody else", e);
                next.keySet().forEach(committed::remove);
            }
        }

        /** What is not read yet is not forgotten: it waits in the topic. */
        private void keepWithinBounds() {
            long bytes = shares.values().stream()
                    .mapToLong(share -> share.outstanding.bytes())
                    .sum();
            if (bytes > MAX_BYTES) {
                events.pause(events.assignment());
            } else {
                events.resume(events.paused());
            }
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            partitions.forEach(partition -> shares.put(partition, new Share(partition, clock.millis())));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            onPartitionsLost(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            partitions.forEach(shares::remove);
            partitions.forEach(committed::remove);
        }
    }

    /** One partition of the events, while it is this member's. */
    private final class Share {
        private final TopicPartition partition;
        private final long sinceMillis;
        private final Outstanding outstanding = new Outstanding();
        private final Remembered handedOver = new Remembered(REMEMBERED);
        private final List<Future<?>> writes = new ArrayList<>();
        private boolean hears;

        Share(TopicPartition partition, long sinceMillis) {
            this.partition = partition;
            this.sinceMillis = sinceMillis;
        }

        void handOver(Waiting due) {
            PushEvent event = due.event();
            for (String token : event.tokens()) {
                if (due.isMissing(token)) {
                    writes.add(writer.handOver(partition, due.offset(), token, event));
                    handedOver.add(new Receipt(partition.partition(), due.offset(), token));
                    metrics.handOver(HandOver.HANDED_OVER);
                }
            }
        }

        void takeBack(Receipt receipt) {
            if (handedOver.remove(receipt)) {
                writes.add(writer.takeBack(partition, receipt.offset(), receipt.token()));
                metrics.handOver(HandOver.TAKEN_BACK);
            }
        }

        void confirm() {
            writes.forEach(UndeliveredWriter::await);
            writes.clear();
        }
    }
}
