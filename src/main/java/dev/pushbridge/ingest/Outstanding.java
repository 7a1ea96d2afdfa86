package dev.pushbridge.ingest;

import dev.pushbridge.event.PushEvent;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events of one partition that somebody has not taken and whose time is not over, in order; and what was taken of the
 * events that are still to be read. One thread's.
 */
final class Outstanding {
    /** What an event costs beside its record and its recipients, in objects. */
    private static final int EVENT_BYTES = 400;
    /** What a recipient costs beside the characters: string, place in the list, place in a set. */
    private static final int RECIPIENT_BYTES = 120;
    /** What the receipts of one event cost beside their recipients, while the event is to come. */
    private static final int AHEAD_BYTES = 300;

    private final Map<Long, Waiting> byOffset = new LinkedHashMap<>();
    private long bytes;
    /** The offset behind the last record that was read. */
    private long next;

    /** The receipts for what comes from there on. */
    private final TreeMap<Long, Set<String>> ahead = new TreeMap<>();

    private long aheadBytes;
    /** From this offset on there was no room for receipts, and they must be read again. */
    private long unheard = Long.MAX_VALUE;

    /** An event that waits for its recipients until its time is over. */
    static final class Waiting {
        private final long offset;
        private final PushEvent event;
        private final long bytes;
        private final long dueMillis;
        /** Those who have not taken it; null while nobody has, which is the most usual. */
        private @Nullable Set<String> missing;

        private Waiting(long offset, PushEvent event, long bytes, long dueMillis) {
            this.offset = offset;
            this.event = event;
            this.bytes = bytes;
            this.dueMillis = dueMillis;
        }

        long offset() {
            return offset;
        }

        PushEvent event() {
            return event;
        }

        boolean isMissing(String token) {
            return missing == null || missing.contains(token);
        }

        private void take(Receipt receipt) {
            if (missing == null) {
                missing = new HashSet<>(event.tokens());
            }
            if (receipt.isOfRepeat()) {
                missing.clear();
            } else {
                missing.remove(receipt.token());
            }
        }

        private boolean isTaken() {
            return missing != null && missing.isEmpty();
        }
    }

    /** Takes the next event, the value of whose record it shares; the offsets go up. */
    void add(long offset, PushEvent event, int recordBytes, long dueMillis) {
        long size = (long) EVENT_BYTES + recordBytes;
        for (String token : event.tokens()) {
            size += RECIPIENT_BYTES + token.length();
        }
        Waiting waiting = new Waiting(offset, event, size, dueMillis);
        for (String token : pass(offset)) {
            waiting.take(new Receipt(0, offset, token));
        }
        if (!waiting.isTaken()) {
            byOffset.put(offset, waiting);
            bytes += size;
        }
    }

    /** Goes on behind a record, and returns what was heard of it before. */
    Set<String> pass(long offset) {
        next = offset + 1;
        Set<String> heard = Set.of();
        while (!ahead.isEmpty() && ahead.firstKey() < next) {
            Map.Entry<Long, Set<String>> first = Objects.requireNonNull(ahead.pollFirstEntry());
            aheadBytes -= size(first.getValue());
            heard = first.getKey() == offset ? first.getValue() : heard;
        }
        return heard;
    }

    /**
     * Notes a receipt, also for an event that is still to come; returns false if the event is over.
     *
     * @param mostAheadBytes how much those for events to come may take; there is no room for the furthest beyond that
     */
    boolean note(Receipt receipt, long mostAheadBytes) {
        if (receipt.offset() >= next) {
            keep(receipt, mostAheadBytes);
            return true;
        }
        Waiting waiting = byOffset.get(receipt.offset());
        if (waiting == null) {
            return false;
        }
        waiting.take(receipt);
        if (waiting.isTaken()) {
            byOffset.remove(waiting.offset);
            bytes -= waiting.bytes;
        }
        return true;
    }

    private void keep(Receipt receipt, long mostBytes) {
        if (receipt.offset() >= unheard) {
            return;
        }
        Set<String> tokens = ahead.get(receipt.offset());
        if (tokens == null) {
            tokens = new HashSet<>();
            ahead.put(receipt.offset(), tokens);
            aheadBytes += AHEAD_BYTES;
        }
        if (tokens.add(receipt.token())) {
            aheadBytes += RECIPIENT_BYTES + receipt.token().length();
        }
        while (aheadBytes > mostBytes) {
            Map.Entry<Long, Set<String>> furthest = Objects.requireNonNull(ahead.pollLastEntry());
            unheard = furthest.getKey();
            aheadBytes -= size(furthest.getValue());
        }
    }

    private static long size(Set<String> tokens) {
        long size = AHEAD_BYTES;
        for (String token : tokens) {
            size += RECIPIENT_BYTES + token.length();
        }
        return size;
    }

    /** Whether there was no room for receipts of this offset, or of one before it: they are to be read again. */
    boolean isUnheard(long offset) {
        return offset >= unheard;
    }

    /** Says that all receipts for what comes are read again. */
    void hearAgain() {
        unheard = Long.MAX_VALUE;
    }

    /** The first, if its time is over; it stays until it is {@link #dropFirst dropped}. */
    @Nullable Waiting due(long nowMillis) {
        Iterator<Waiting> all = byOffset.values().iterator();
        Waiting first = all.hasNext() ? all.next() : null;
        return first == null || first.dueMillis > nowMillis ? null : first;
    }

    void dropFirst() {
        Iterator<Waiting> all = byOffset.values().iterator();
        bytes -= all.next().bytes;
        all.remove();
    }

    /** The offset of the first, or this one if there is none: from there on a successor would have to read. */
    long firstOr(long offset) {
        Iterator<Waiting> all = byOffset.values().iterator();
        return all.hasNext() ? all.next().offset : offset;
    }

    /** About what the events that wait take in memory. */
    long bytes() {
        return bytes;
    }

    /** And the receipts for those to come. */
    long aheadBytes() {
        return aheadBytes;
    }
}
