package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.StopOrder;
import dev.pushbridge.metrics.Journeys;
import dev.pushbridge.metrics.Journeys.RecordTimes;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.KafkaSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reads every partition of the topic and hands each event to the dispatcher: the hot path's way in, and the one thread
 * that dispatches.
 *
 * <p>It belongs to no consumer group, so that every node sees every event, and commits nothing. It first reads what was
 * there before, for the replay window: from twice as far back as events are kept, because a record may be the repeat of
 * one that is no longer kept itself. Only then is the node ready, and dispatches. A partition that appears later is read
 * from its beginning. If the consumer fails, a new one goes on where the old one was; while there is no broker or no
 * topic, it waits, says in the log for what, and the node is not ready.
 *
 * <p>A topic that was deleted and made anew is begun from the start. Records that the topic has dropped before they were
 * read are passed over. In either case the sessions are told. So are the recipients of an event that the bridge fails at,
 * and the next record is read.
 *
 * <p>What the tail wants to know of the topic meanwhile, it asks without waiting for the answer: a broker that is slow to
 * answer holds up no push.
 */
final class TopicTail implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(TopicTail.class);
    /** W3C Trace Context, in a Kafka header as text. */
    private static final String TRACEPARENT = "traceparent";

    private static final Duration POLL_WAIT = Duration.ofMillis(500);
    /** While an answer is due, which is to be seen soon. */
    private static final Duration ANSWER_WAIT = Duration.ofMillis(20);

    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    /** A wait is logged when it begins, and then every so many tries. */
    private static final int TRIES_PER_LOG_LINE = 30;

    private static final long LOG_INTERVAL_NANOS = SECONDS.toNanos(1);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Supplier<TopicInquiry> inquiries;
    private final String bootstrapServers;
    private final KafkaSettings settings;
    private final Duration lookBack;
    private final EventReader reader;
    private final Dispatcher dispatcher;
    private final RecordTally tally;
    private final Journeys journeys;
    private final TailLag lag = new TailLag(Clock.systemUTC(), System::nanoTime);

    /** Where to go on, by partition; touched by the tail's thread only, as the rest up to {@code thread}. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    private int topic;
    private boolean refilled;
    private long lastFault = System.nanoTime() - LOG_INTERVAL_NANOS;

    private final ReadingThread thread = new ReadingThread("push-tail", this::run);
    private volatile String waitingFor = "the start";

    /** @param lookBack how far back it begins at the start */
    TopicTail(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Supplier<TopicInquiry> inquiries,
            String bootstrapServers,
            KafkaSettings settings,
            Duration lookBack,
            EventReader reader,
            Dispatcher dispatcher,
            PushMetrics metrics,
            Journeys journeys) {
        this.consumers = consumers;
        this.inquiries = inquiries;
        this.bootstrapServers = bootstrapServers;
        this.settings = settings;
        this.lookBack = lookBack;
        this.reader = reader;
        this.dispatcher = dispatcher;
        this.tally = new RecordTally(metrics);
        this.journeys = journeys;
    }

    TailLag lag() {
        return lag;
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
        thread.stop();
    }

    @Override
    public boolean isRunning() {
        return thread.isRunning();
    }

    @Override
    public int getPhase() {
        return StopOrder.TAILS.phase();
    }

    private void run() {
        try {
            readUntilStopped();
        } finally {
            waitingFor = "the end"; // whatever ended it
        }
    }

    private void readUntilStopped() {
        int tries = 0;
        while (!thread.isStopping()) {
            try (TopicInquiry inquiry = inquiries.get();
                    Consumer<byte[], byte[]> consumer = consumers.get()) {
                thread.reads(consumer);
                begin(consumer, inquiry.awaitIdentity(settings.topic()));
                tries = 0;
                waitingFor = "";
                tail(consumer, new Questions(inquiry, settings.topic(), topic, dispatcher));
            } catch (WakeupException e) {
                log.debug("Stopping");
            } catch (Questions.TopicReplacedException e) {
                log.warn("Topic {} was deleted and made anew: beginning again", settings.topic());
            } catch (RuntimeException | Error e) {
                awaitRetry(e, tries++);
            }
        }
    }

    /** Takes every partition from where the tail was before; on the first time, and in another topic, from way back. */
    private void begin(Consumer<byte[], byte[]> consumer, int identity) {
        List<TopicPartition> partitions = partitions(consumer);
        if (partitions.isEmpty()) {
            throw new UnknownTopicOrPartitionException("it does not exist");
        }
        consumer.assign(partitions);
        if (refilled && topic == identity) {
            seek(consumer, partitions);
        } else {
            topic = identity;
            refilled = false;
            refill(consumer, partitions);
            refilled = true;
            dispatcher.ready();
        }
        log.info("Tailing {}: {} partitions", settings.topic(), partitions.size());
    }

    // ---- what was there before

    private void refill(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        waitingFor = "the replay window to be filled from " + settings.topic();
        long started = System.currentTimeMillis();
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, BROKER_WAIT);
        Map<TopicPartition, Long> starts = starts(consumer, ends, started - lookBack.toMillis());
        positions.clear();
        positions.putAll(starts);
        dispatcher.begin(topic);
        starts.forEach((partition, start) -> {
            consumer.seek(partition, start);
            dispatcher.begin(partition.partition(), start);
        });
        LockStep step = new LockStep(ends);
        int count = 0;
        while (!step.isDone(consumer) && !thread.isStopping()) {
            ConsumerRecords<byte[], byte[]> records = poll(consumer);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                refill(record, started);
                step.read(record);
            }
            reach(records);
            count += records.count();
            step.keep(consumer);
        }
        consumer.resume(partitions);
        dispatcher.flush();
        log.info("Read {} records of the last {} in {} ms", count, lookBack, System.currentTimeMillis() - started);
    }

    /** The first records of that time or later; the ends where there are none. */
    private static Map<TopicPartition, Long> starts(
            Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, long time) {
        Map<TopicPartition, Long> times = new HashMap<>();
        ends.keySet().forEach(partition -> times.put(partition, time));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times, BROKER_WAIT);
        Map<TopicPartition, Long> starts = new HashMap<>(ends);
        found.forEach((partition, first) -> {
            if (first != null) {
                starts.put(partition, first.offset());
            }
        });
        return starts;
    }

    private ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> consumer) {
        try {
            return consumer.poll(POLL_WAIT);
        } catch (OffsetOutOfRangeException e) {
            passOver(consumer, e);
            return ConsumerRecords.empty();
        }
    }

    private void refill(ConsumerRecord<byte[], byte[]> record, long now) {
        PushEvent event = null;
        try {
            event = reader.read(record);
            long came = record.timestamp() < 0 ? now : Math.min(record.timestamp(), now);
            dispatcher.refill(record.partition(), record.offset(), record.timestamp(), came, event);
        } catch (InvalidEventException e) {
            dispatcher.reach(record.partition(), record.offset() + 1);
        } catch (RuntimeException | Error fault) {
            giveUp(record, event, fault);
        }
    }

    // ---- what comes

    private void tail(Consumer<byte[], byte[]> consumer, Questions questions) {
        long checkedAt = System.nanoTime();
        while (!thread.isStopping()) {
            try {
                accept(consumer.poll(questions.areOpen() ? ANSWER_WAIT : POLL_WAIT));
                lag.measure(consumer);
            } catch (OffsetOutOfRangeException e) {
                questions.awaitSameTopic(); // until that is known, there is no saying what to read
                passOver(consumer, e);
            }
            questions.hear();
            if (dispatcher.wantsTopicEnds()) {
                questions.askEnds(positions.size());
            }
            if (System.nanoTime() - checkedAt
                    > settings.partitionCheckInterval().toNanos()) {
                questions.askIdentity();
                takeNewPartitions(consumer);
                checkedAt = System.nanoTime();
            }
        }
    }

    private void accept(ConsumerRecords<byte[], byte[]> records) {
        long now = System.currentTimeMillis();
        long nanos = System.nanoTime();
        int untilFollowed = records.isEmpty() ? 0 : journeys.oneOf(records.count());
        try {
            for (TopicPartition partition : records.partitions()) {
                long latest = ConsumerRecord.NO_TIMESTAMP;
                for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                    latest = Math.max(latest, record.timestamp());
                    positions.put(partition, record.offset() + 1);
                    tally.consumed();
                    boolean follow = untilFollowed-- == 0 || isTraced(record);
                    RecordTimes times = follow ? new RecordTimes(record.timestamp(), now, nanos) : null;
                    tally.ended(outcome(record, now, times));
                }
                lag.read(partition, latest);
            }
            reach(records);
        } finally {
            // First: who gets an event of the batch finds it counted, if the batch is not too large for one flush.
            tally.report();
            dispatcher.flush();
        }
    }

    private boolean isTraced(ConsumerRecord<byte[], byte[]> record) {
        return journeys.isTracing() && record.headers().lastHeader(TRACEPARENT) != null;
    }

    /** @param times null unless it is followed */
    private RecordOutcome outcome(ConsumerRecord<byte[], byte[]> record, long now, @Nullable RecordTimes times) {
        PushEvent event = null;
        try {
            event = reader.read(record);
            return times == null ? dispatch(record, now, event, null) : followed(record, event, times);
        } catch (InvalidEventException e) {
            return invalid(record);
        } catch (RuntimeException | Error fault) {
            giveUp(record, event, fault);
            return RecordOutcome.FAILED;
        }
    }

    private RecordOutcome dispatch(
            ConsumerRecord<byte[], byte[]> record, long now, PushEvent event, @Nullable Journey journey) {
        return dispatcher.dispatch(record.partition(), record.offset(), record.timestamp(), now, event, journey);
    }

    private RecordOutcome followed(ConsumerRecord<byte[], byte[]> record, PushEvent event, RecordTimes times) {
        Journey journey = journey(record, event, times);
        RecordOutcome outcome = dispatch(record, times.readMillis(), event, journey);
        journey.dispatched(outcome);
        return outcome;
    }

    private Journey journey(ConsumerRecord<byte[], byte[]> record, PushEvent event, RecordTimes times) {
        Header traceparent = journeys.isTracing() ? record.headers().lastHeader(TRACEPARENT) : null;
        return traceparent == null || traceparent.value() == null
                ? journeys.followed(times, event.occurredAt())
                : journeys.traced(
                        times,
                        event.occurredAt(),
                        new String(traceparent.value(), US_ASCII),
                        Map.of(
                                "messaging.system", "kafka",
                                "messaging.destination.name", record.topic(),
                                "messaging.destination.partition.id", String.valueOf(record.partition()),
                                "messaging.kafka.offset", String.valueOf(record.offset())));
    }

    /** The group makes it a dead letter, once per cluster. */
    private RecordOutcome invalid(ConsumerRecord<byte[], byte[]> record) {
        dispatcher.reach(record.partition(), record.offset() + 1);
        return RecordOutcome.INVALID;
    }

    /**
     * The next one is read as if nothing had been; who is to have had this one is told, and everybody where that fails too.
     * Only then is it logged: a fault that cannot be, as when the memory is full, must not leave a hole that nobody knows of.
     */
    private void giveUp(ConsumerRecord<?, ?> record, @Nullable PushEvent event, Throwable fault) {
        if (event == null) {
            dispatcher.lost(record.partition(), record.offset() + 1);
        } else {
            try {
                dispatcher.failed(record.partition(), record.offset(), event);
            } catch (RuntimeException | Error another) {
                dispatcher.lost(record.partition(), record.offset() + 1);
                if (another != fault) { // the JVM throws some of its own again and again
                    fault.addSuppressed(another);
                }
            }
        }
        tell(record, fault);
    }

    /** The first of a second; the others are among the records that failed. */
    private void tell(ConsumerRecord<?, ?> record, Throwable fault) {
        long now = System.nanoTime();
        if (now - lastFault >= LOG_INTERVAL_NANOS) {
            lastFault = now;
            try {
                log.error("Failed at {}-{}@{}", record.topic(), record.partition(), record.offset(), fault);
            } catch (RuntimeException | Error e) {
                lastFault = now - LOG_INTERVAL_NANOS; // the next one may be told of
            }
        }
    }

    /** Behind the records may be some that are not shown to anybody: the ends of transactions. */
    private void reach(ConsumerRecords<byte[], byte[]> records) {
        records.nextOffsets().forEach((partition, next) -> {
            if (positions.getOrDefault(partition, 0L) < next.offset()) {
                positions.put(partition, next.offset());
                dispatcher.reach(partition.partition(), next.offset());
            }
        });
    }

    /** Goes on at the oldest record that is left, or at the end if that is before where we were. */
    private void passOver(Consumer<byte[], byte[]> consumer, OffsetOutOfRangeException gone) {
        Map<TopicPartition, Long> positionsGone = gone.offsetOutOfRangePartitions();
        Map<TopicPartition, Long> oldest = consumer.beginningOffsets(positionsGone.keySet(), BROKER_WAIT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(positionsGone.keySet(), BROKER_WAIT);
        positionsGone.forEach((partition, position) -> {
            long end = gone instanceof LogTruncationException cut
                            && cut.divergentOffsets().containsKey(partition)
                    ? cut.divergentOffsets().get(partition).offset()
                    : ends.getOrDefault(partition, position);
            long next = Math.max(oldest.getOrDefault(partition, 0L), Math.min(position, end));
            log.warn("{} has no offset {} any more: going on at {}; clients are told", partition, position, next);
            positions.put(partition, next);
            consumer.seek(partition, next);
            dispatcher.lost(partition.partition(), next);
        });
    }

    /**
     * The client refreshes its view of the topic by itself; this only looks at it. What counts is what this consumer reads:
     * a broker that is behind may have shown it fewer partitions than the one before it has read.
     */
    private void takeNewPartitions(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = partitions(consumer);
        int read = consumer.assignment().size();
        if (partitions.size() > read) {
            log.info("Tailing {}: {} partitions, {} before", settings.topic(), partitions.size(), read);
            consumer.assign(partitions);
            seek(consumer, partitions);
        }
    }

    private void seek(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            consumer.seek(partition, positions.computeIfAbsent(partition, this::beginAtTheBeginning));
        }
    }

    private long beginAtTheBeginning(TopicPartition partition) {
        dispatcher.begin(partition.partition(), 0);
        return 0;
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        List<PartitionInfo> infos = consumer.partitionsFor(settings.topic(), BROKER_WAIT);
        if (infos != null) { // null is what some clients say of a topic that does not exist
            infos.forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
        }
        return partitions;
    }

    private void awaitRetry(Throwable cause, int tries) {
        waitingFor = (cause instanceof UnknownTopicOrPartitionException ? "topic " + settings.topic() + " on " : "")
                + "Kafka at " + bootstrapServers;
        if (tries % TRIES_PER_LOG_LINE == 0) {
            ReadingThread.tell(log, "Waiting for " + waitingFor, cause);
        }
        thread.awaitRetry();
    }
}
