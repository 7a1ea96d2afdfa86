package dev.pushbridge.ingest;

import dev.pushbridge.event.HandOver;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.StopOrder;
import dev.pushbridge.ingest.Outstanding.Waiting;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
 * <p>The nodes may read an event, and write its receipts, long before this member does: what was taken of events that are
 * still to come is kept until they do.
 *
 * <p>A receipt that comes afterwards takes back what this member handed over. What it no longer knows, because it lost the
 * partition or its group since, or has handed over {@link #REMEMBERED} more, is not taken back.
 */
final class UndeliveredGroup implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(UndeliveredGroup.class);
    static final int REMEMBERED = 100_000;
    private static final Duration POLL_WAIT = Duration.ofMillis(200);
    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    /** A receipt is written after the event; clocks may disagree by so much. */
    private static final long CLOCK_SKEW_MILLIS = 60_000;
    /** Of events that wait; above it no more are read. One poll may go beyond. */
    private static final long MAX_BYTES = 64 << 20;
    /** Of receipts for events that are still to come, shared equally among the partitions; those beyond are read again. */
    private static final long MAX_AHEAD_BYTES = 32 << 20;

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

    @Override
    public int getPhase() {
        return StopOrder.GROUPS.phase();
    }

    private void run() {
        int tries = 0;
        while (!thread.isStopping()) {
            try (Consumer<byte[], byte[]> events = members.get();
                    Consumer<byte[], byte[]> receipts = receiptReaders.get()) {
                thread.reads(events);
                begin(events);
                Membership membership = new Membership(events, receipts);
                events.subscribe(List.of(settings.topic()), membership);
                while (!thread.isStopping()) {
                    membership.step();
                    tries = 0;
                }
            } catch (WakeupException e) {
                log.debug("Stopping");
            } catch (RuntimeException | Error e) {
                awaitRetry(e, tries++);
            }
        }
    }

    /**
     * Where the group has never read, it begins with what comes from now on, in all partitions alike. One that is added
     * later has no place then, and is read from its start.
     */
    private void begin(Consumer<byte[], byte[]> events) {
        List<PartitionInfo> infos = events.partitionsFor(settings.topic(), BROKER_WAIT);
        Set<TopicPartition> partitions = new HashSet<>();
        if (infos != null) {
            infos.forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
        }
        if (partitions.isEmpty()
                || events.committed(partitions, BROKER_WAIT).values().stream().anyMatch(Objects::nonNull)) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        events.endOffsets(partitions, BROKER_WAIT)
                .forEach((partition, end) -> ends.put(partition, new OffsetAndMetadata(end)));
        try {
            events.commitSync(ends, BROKER_WAIT);
        } catch (CommitFailedException | RebalanceInProgressException e) {
            log.debug("Another member has begun", e);
        }
    }

    private void awaitRetry(Throwable cause, int tries) {
        if (tries % TRIES_PER_LOG_LINE == 0) {
            ReadingThread.tell(log, "Handing over nothing, and trying again until it works", cause);
        }
        thread.awaitRetry();
    }

    /** What this member has, from its joining to its next failure. */
    private final class Membership implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> events;
        private final Consumer<byte[], byte[]> receipts;
        private final Map<TopicPartition, Share> shares = new HashMap<>();
        private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        private final Remembered handedOver = new Remembered(REMEMBERED);
        private final List<Write> writes = new ArrayList<>();

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
            confirm();
            commit();
            keepWithinBounds();
        }

        private void take(ConsumerRecord<byte[], byte[]> record) {
            Share share = shares.get(new TopicPartition(record.topic(), record.partition()));
            if (share == null) {
                return;
            }
            if (!share.hears || share.outstanding.isUnheard(record.offset())) {
                listen(record.partition(), record.timestamp() - CLOCK_SKEW_MILLIS);
                share.hears = true;
                share.outstanding.hearAgain();
            }
            try {
                PushEvent event = reader.read(record.value());
                if (event.isCanary()) {
                    share.outstanding.pass(record.offset());
                } else {
                    long from = Math.max(share.sinceMillis, Math.min(record.timestamp(), clock.millis()));
                    share.outstanding.add(record.offset(), event, record.value().length, from + after.toMillis());
                }
            } catch (InvalidEventException e) {
                share.outstanding.pass(record.offset());
                log.trace("A dead letter", e);
            }
        }

        /** Reads the receipts for a partition from that time on; those for others may come again, and none is left out. */
        private void listen(int partition, long millis) {
            TopicPartition topicPartition = receiptsOf(partition);
            boolean isRead = receipts.assignment().contains(topicPartition);
            TreeSet<Integer> all = new TreeSet<>();
            receipts.assignment().forEach(assigned -> all.add(assigned.partition()));
            all.add(topicPartition.partition());
            receipts.assign(
                    all.stream().map(p -> new TopicPartition(receiptsTopic, p)).toList());
            // Asked for before the time is: what is written in between, which no answer names, lies behind it.
            Map<TopicPartition, Long> ends = receipts.endOffsets(List.of(topicPartition), BROKER_WAIT);
            OffsetAndTimestamp first = receipts.offsetsForTimes(
                            Map.of(topicPartition, Math.max(0, millis)), BROKER_WAIT)
                    .get(topicPartition);
            long from = first == null ? ends.getOrDefault(topicPartition, 0L) : first.offset();
            if (!isRead || receipts.position(topicPartition, BROKER_WAIT) > from) {
                receipts.seek(topicPartition, from);
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
                // One that has not begun to hear will hear it again.
                if (share != null && share.hears && !share.outstanding.note(receipt, MAX_AHEAD_BYTES / shares.size())) {
                    takeBack(share, receipt);
                }
            }
        }

        private void takeBack(Share share, Receipt receipt) {
            if (handedOver.remove(receipt)) {
                writes.add(new Write(
                        writer.takeBack(share.partition, receipt.offset(), receipt.token()), HandOver.TAKEN_BACK));
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
                for (Waiting due = share.outstanding.due(now); due != null; due = share.outstanding.due(now)) {
                    handOver(share, due);
                    share.outstanding.dropFirst();
                }
            }
        }

        private void handOver(Share share, Waiting due) {
            for (String token : due.event().tokens()) {
                if (due.isMissing(token)) {
                    writes.add(new Write(
                            writer.handOver(share.partition, due.offset(), token, due.event()), HandOver.HANDED_OVER));
                    handedOver.add(new Receipt(share.partition.partition(), due.offset(), token));
                }
            }
        }

        /** Waits until the broker has all that was written, and counts it. */
        private void confirm() {
            KafkaException failure = null;
            for (Write write : writes) {
                try {
                    UndeliveredWriter.await(write.future);
                    metrics.handOver(write.what);
                } catch (KafkaException e) {
                    failure = e;
                }
            }
            writes.clear();
            if (failure != null) {
                throw failure;
            }
        }

        private void commit() {
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            shares.forEach((partition, share) -> {
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

    /** A record for the topic of what is handed over, on its way. */
    private record Write(Future<?> future, HandOver what) {}

    /** One partition of the events, while it is this member's. */
    private static final class Share {
        private final TopicPartition partition;
        private final long sinceMillis;
        private final Outstanding outstanding = new Outstanding();
        /** Whether the receipts are read that are for its events: from its first event on. */
        private boolean hears;

        Share(TopicPartition partition, long sinceMillis) {
            this.partition = partition;
            this.sinceMillis = sinceMillis;
        }
    }
}
