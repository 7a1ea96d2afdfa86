package dev.pushbridge.ingest;

import dev.pushbridge.event.StopOrder;
import dev.pushbridge.security.Revocations;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reads the compacted topic of revocations from its beginning, and goes on reading: every node, without a consumer group.
 * The node is not ready before it has read what was there when it started; if Kafka goes away later, what is known holds.
 * It holds too when the topic is deleted and made anew, which is then read from its beginning: nobody is let in again by
 * an accident.
 */
final class RevocationTail implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(RevocationTail.class);
    private static final Duration POLL_WAIT = Duration.ofMillis(500);
    private static final Duration BROKER_WAIT = Duration.ofSeconds(5);
    /** A wait is logged when it begins, and then every so many tries. */
    private static final int TRIES_PER_LOG_LINE = 30;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Supplier<TopicInquiry> inquiries;
    private final String topic;
    private final Duration checkInterval;
    private final Revocations revocations;
    /** Where to go on, by partition; touched by the tail's thread only. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    /** Which topic they are of, once one was read; the thread's too. */
    private @Nullable Integer identity;

    private final ReadingThread thread = new ReadingThread("push-revocations", this::run);
    private volatile String waitingFor;

    /** Of an empty topic nothing is read; how often it looks for another topic and new partitions is the last. */
    RevocationTail(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Supplier<TopicInquiry> inquiries,
            String topic,
            Revocations revocations,
            Duration checkInterval) {
        this.consumers = consumers;
        this.inquiries = inquiries;
        this.topic = topic;
        this.checkInterval = checkInterval;
        this.revocations = revocations;
        this.waitingFor = topic.isEmpty() ? "" : "topic " + topic;
    }

    /** What the tail waits for; "" once it has read what was there at the start. */
    String waitingFor() {
        return waitingFor;
    }

    @Override
    public void start() {
        if (!topic.isEmpty()) {
            thread.start();
        }
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
        int tries = 0;
        while (!thread.isStopping()) {
            try (TopicInquiry inquiry = inquiries.get();
                    Consumer<byte[], byte[]> consumer = consumers.get()) {
                thread.reads(consumer);
                begin(consumer, inquiry.awaitIdentity(topic));
                Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), BROKER_WAIT);
                tries = 0;
                tail(consumer, inquiry, ends);
            } catch (WakeupException e) {
                log.debug("Stopping");
            } catch (RuntimeException | Error e) {
                awaitRetry(e, tries++);
            }
        }
    }

    private void begin(Consumer<byte[], byte[]> consumer, int found) {
        if (identity != null && identity != found) {
            log.warn(
                    "Topic {} was deleted and made anew: reading it from its beginning; what was revoked stays so",
                    topic);
            positions.clear();
        }
        identity = found;
        assign(consumer);
    }

    private void assign(Consumer<byte[], byte[]> consumer) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic, BROKER_WAIT);
        if (infos == null || infos.isEmpty()) {
            throw new UnknownTopicOrPartitionException("it does not exist");
        }
        List<TopicPartition> partitions = infos.stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        partitions.forEach(partition -> consumer.seek(partition, positions.computeIfAbsent(partition, p -> 0L)));
    }

    /** Until it is stopped, or the topic is another one. */
    private void tail(Consumer<byte[], byte[]> consumer, TopicInquiry inquiry, Map<TopicPartition, Long> ends) {
        long checkedAt = System.nanoTime();
        while (!thread.isStopping()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_WAIT)) {
                revocations.take(record.key(), record.value()); // first: if it fails, the record is read again
                positions.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            }
            if (!waitingFor.isEmpty()
                    && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                revocations.areKnown();
                log.info("The revocations of {} are known: {}", topic, revocations.size());
                waitingFor = "";
            }
            if (System.nanoTime() - checkedAt > checkInterval.toNanos()) {
                if (!Objects.equals(identity, inquiry.awaitIdentity(topic))) {
                    return;
                }
                assign(consumer);
                checkedAt = System.nanoTime();
            }
        }
    }

    private void awaitRetry(Throwable cause, int tries) {
        if (tries % TRIES_PER_LOG_LINE == 0) {
            ReadingThread.tell(log, "Waiting for the revocations of " + topic, cause);
        }
        thread.awaitRetry();
    }
}
