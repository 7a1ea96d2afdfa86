package dev.pushbridge.ingest;

import dev.pushbridge.event.PushEvent;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The events of one partition whose time is not over, in order, and who has not taken them. One thread's. */
final class Outstanding {
    private final Map<Long, Waiting> byOffset = new LinkedHashMap<>();
    private long bytes;

    /** An event that waits for its recipients until its time is over. */
    static final class Waiting {
        private final long offset;
        private final PushEvent event;
        private final long dueMillis;
        /** Those who have not taken it; null while nobody has, which is the most usual. */
        private @Nullable Set<String> missing;

        private Waiting(long offset, PushEvent event, long dueMillis) {
            this.offset = offset;
            this.event = event;
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

        private boolean isTaken() {
            return missing != null && missing.isEmpty();
        }

        private int size() {
            return event.data().length();
        }
    }

    /** Adds the next event; the offsets go up. */
    void add(long offset, PushEvent event, long dueMillis) {
        Waiting waiting = new Waiting(offset, event, dueMillis);
        byOffset.put(offset, waiting);
        bytes += waiting.size();
    }

    /** Notes a receipt; returns false if the event is not among these. */
    boolean note(Receipt receipt) {
        Waiting waiting = byOffset.get(receipt.offset());
        if (waiting == null) {
            return false;
        }
        if (waiting.missing == null) {
            waiting.missing = new HashSet<>(waiting.event.tokens());
        }
        if (receipt.isOfRepeat()) {
            waiting.missing.clear();
        } else {
            waiting.missing.remove(receipt.token());
        }
        return true;
    }

    /** Lets go, from the front, of those that everybody has taken. */
    void dropTaken() {
        Iterator<Waiting> all = byOffset.values().iterator();
        while (all.hasNext()) {
            Waiting first = all.next();
            if (!first.isTaken()) {
                return;
            }
            all.remove();
            bytes -= first.size();
        }
    }

    /** The first, if its time is over; it stays until it is {@link #dropFirst dropped}. */
    @Nullable Waiting due(long nowMillis) {
        Iterator<Waiting> all = byOffset.values().iterator();
        Waiting first = all.hasNext() ? all.next() : null;
        return first == null || first.dueMillis > nowMillis ? null : first;
    }

    void dropFirst() {
        Iterator<Waiting> all = byOffset.values().iterator();
        bytes -= all.next().size();
        all.remove();
    }

    /** The offset of the first, or this one if there is none: from there on a successor would have to read. */
    long firstOr(long next) {
        Iterator<Waiting> all = byOffset.values().iterator();
        return all.hasNext() ? all.next().offset : next;
    }

    /** Of their data. */
    long bytes() {
        return bytes;
    }
}
