package dev.pushbridge.ingest;

import dev.pushbridge.delivery.Dispatcher;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was asked of the broker about the tail's topic and is not answered yet; what gets no answer is asked again. */
final class Questions {
    private static final Logger log = LoggerFactory.getLogger(Questions.class);

    private final TopicInquiry inquiry;
    private final String topic;
    private final int identity;
    private final Dispatcher dispatcher;
    private @Nullable CompletableFuture<Integer> askedIdentity;
    private @Nullable CompletableFuture<long[]> askedEnds;
    private long endsAskedNanos;

    /** @param identity of the topic that the tail reads */
    Questions(TopicInquiry inquiry, String topic, int identity, Dispatcher dispatcher) {
        this.inquiry = inquiry;
        this.topic = topic;
        this.identity = identity;
        this.dispatcher = dispatcher;
    }

    boolean areOpen() {
        return askedIdentity != null || askedEnds != null;
    }

    void askIdentity() {
        if (askedIdentity == null) {
            askedIdentity = inquiry.identity(topic);
        }
    }

    void askEnds(int partitions) {
        if (askedEnds == null) {
            endsAskedNanos = System.nanoTime();
            askedEnds = inquiry.ends(topic, partitions);
        }
    }

    /** Waits for the answer, and throws, as {@link #hear} does, if the topic is not the one that the tail began with. */
    void awaitSameTopic() {
        check(inquiry.awaitIdentity(topic));
    }

    /** Takes the answers that have come. */
    void hear() {
        CompletableFuture<Integer> identityAsked = askedIdentity;
        if (identityAsked != null && identityAsked.isDone()) {
            askedIdentity = null;
            Integer found = answer(identityAsked);
            if (found != null) {
                check(found);
            }
        }
        CompletableFuture<long[]> endsAsked = askedEnds;
        if (endsAsked != null && endsAsked.isDone()) {
            askedEnds = null;
            long[] found = answer(endsAsked);
            if (found != null) {
                dispatcher.topicEnds(found, endsAskedNanos);
            }
        }
    }

    private void check(int found) {
        if (found != identity) {
            throw new TopicReplacedException();
        }
    }

    private static <T> @Nullable T answer(CompletableFuture<T> asked) {
        try {
            return asked.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException gone) {
                throw gone;
            }
            log.debug("No answer about the topic", e);
            return null;
        }
    }

    /** The topic has another id than when the tail began. */
    @SuppressWarnings("serial")
    static final class TopicReplacedException extends RuntimeException {}
}
