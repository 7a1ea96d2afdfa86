package dev.pushbridge.socket;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of everything that lives on one event loop: coarse, and without an object per deadline.
 *
 * <p>Time is cut into ticks, and a ring of buckets holds the entries by the tick they are due in. A tick looks only at
 * its own bucket. Moving a deadline back, which happens with every sign of life, changes a number and nothing else: the
 * entry is put where it belongs when its old bucket comes up. Only the loop's thread comes here.
 */
final class Wheel {
    private static final int BUCKETS = 256;

    private final List<Entry>[] buckets;
    private final long tickMillis;
    private long lastTick;

    Wheel(long tickMillis, long nowMillis) {
        this.tickMillis = tickMillis;
        this.lastTick = nowMillis / tickMillis;
        this.buckets = newBuckets();
    }

    /** Something with one deadline. */
    abstract static class Entry {
        private @Nullable List<Entry> bucket;
        private int slot;
        private long dueMillis;

        /** Called once when the deadline has passed; the entry is then out of the wheel. */
        abstract void due();

        final long dueMillis() {
            return dueMillis;
        }
    }

    /** Sets the deadline of an entry, whether it had one or not. */
    void set(Entry entry, long dueMillis) {
        boolean earlier = dueMillis < entry.dueMillis;
        entry.dueMillis = dueMillis;
        if (entry.bucket == null) {
            put(entry);
        } else if (earlier) {
            take(entry);
            put(entry);
        }
    }

    void remove(Entry entry) {
        if (entry.bucket != null) {
            take(entry);
        }
    }

    /** Calls every entry whose deadline is not after {@code nowMillis}. */
    void advance(long nowMillis) {
        long tick = nowMillis / tickMillis;
        // After a long pause one round sees every bucket.
        for (long t = Math.max(lastTick, tick - BUCKETS + 1); t <= tick; t++) {
            visit(buckets[(int) (t % BUCKETS)], nowMillis);
        }
        lastTick = tick;
    }

    void forEach(Consumer<Entry> reader) {
        for (List<Entry> bucket : buckets) {
            // A copy, because a reader may end what it reads.
            List.copyOf(bucket).forEach(reader);
        }
    }

    private void visit(List<Entry> bucket, long nowMillis) {
        // Backwards: what is taken out is replaced by the last, which has been seen. What due() adds is seen next time.
        for (int i = bucket.size() - 1; i >= 0; i--) {
            if (i >= bucket.size()) {
                continue;
            }
            Entry entry = bucket.get(i);
            if (entry.dueMillis <= nowMillis) {
                take(entry);
                entry.due();
            } else if (bucketOf(entry.dueMillis) != bucket) {
                take(entry);
                put(entry);
            }
        }
    }

    private void put(Entry entry) {
        List<Entry> bucket = bucketOf(Math.max(entry.dueMillis, lastTick * tickMillis));
        entry.bucket = bucket;
        entry.slot = bucket.size();
        bucket.add(entry);
    }

    private static void take(Entry entry) {
        List<Entry> bucket = entry.bucket;
        if (bucket == null) {
            return;
        }
        Entry last = bucket.remove(bucket.size() - 1);
        if (last != entry) {
            bucket.set(entry.slot, last);
            last.slot = entry.slot;
        }
        entry.bucket = null;
    }

    private List<Entry> bucketOf(long dueMillis) {
        return buckets[(int) (dueMillis / tickMillis % BUCKETS)];
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
    private static List<Entry>[] newBuckets() {
        List<Entry>[] buckets = new List[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            buckets[i] = new ArrayList<>();
        }
        return buckets;
    }
}
