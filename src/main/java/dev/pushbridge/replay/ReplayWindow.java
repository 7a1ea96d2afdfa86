package dev.pushbridge.replay;

import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.ResyncReason;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The latest events of the topic as this node has read them, and how far it has read: what somebody who was away can be
 * told, and which ids were there.
 *
 * <p>Bounded by time and by bytes, whichever is less. Time is that of the records, made to go forward only: while none
 * come, it stands, and what a node reads late, or back at its start, it finds as a node that was there in time. An event is
 * one piece in the {@link Slabs}: its place in the topic, its payload encoded, and a link for its id and for each of its
 * tokens. So it costs no object, and is found by token without a look at the others.
 *
 * <p><b>Repeats.</b> An event is a repeat if another with its id was made less than a certain time before it or after it, by
 * their own timestamps, and was read before it, whatever partition it came by. So all nodes find the same records to be
 * repeats of each other. A repeat is kept as its place and id only. Nodes may read two partitions in different order and
 * disagree on which of the two is the repeat; but on every node a client has the event exactly if its cursor is beyond one
 * of them, and that is what {@link #missed} asks. And of all places of one event, the least is the one that counts with the
 * receipts. An id that comes again and again goes back further than a node has read that began later: there its event
 * begins later too, and another place of it may be the least.
 *
 * <p>Not thread-safe: belongs to the dispatcher's lock, but for the figures.
 */
public final class ReplayWindow {
    /**
     * A piece: its size; partition and offset; the window's time, the record's own, and how long it had been when the record
     * came; the address of its latest repeat; the length of its payload.
     */
    private static final int SIZE = 0;

    private static final int PARTITION = 4;
    private static final int OFFSET = 8;
    private static final int TIME = 16;
    private static final int MADE = 24;
    private static final int REPEAT = 32;
    private static final int LATE = 40;
    private static final int LENGTH = 44;
    static final int PAYLOAD = 48;
    /** The length in a piece that is a repeat; its own {@code REPEAT} is the one before it. */
    private static final int IS_REPEAT = -1;
    /** In the place of a repeat's payload: the address of the original, and the least place of the event by then. */
    private static final int ORIGINAL = PAYLOAD;

    private static final int LEAST_PARTITION = PAYLOAD + 8;
    private static final int LEAST_OFFSET = PAYLOAD + 12;
    private static final int REPEAT_SIZE = PAYLOAD + 20;
    /** Bytes of the bound for one chain of the tokens: fewer than an event has, so that most chains are short. */
    private static final int BYTES_PER_TOKEN_CHAIN = 1 << 8;
    /** The same for the ids. Each event asks for its own, which is new: most find an empty chain, and look at no other event. */
    private static final int BYTES_PER_ID_CHAIN = 1 << 6;
    /** Of an index; it is 8 MB then, and the chains of a window above 64 MB, or 256 MB, grow longer with it. */
    private static final int MOST_CHAINS = 1 << 20;

    private final long keepMillis;
    private final long againMillis;
    private final long maxBytes;
    private volatile Slabs slabs;
    private KeyIndex tokens;
    private KeyIndex ids;

    private int topic;
    /** By partition, the first offset from which on nothing is missing. */
    private long[] begins = {};
    /** By partition, the first offset that was not read. */
    private long[] ends = {};
    /** By partition, the address before which there is nothing of it: those records are gone from the topic. */
    private long[] floors = {};

    private long time = Long.MIN_VALUE;
    /** When the record that is read was made, and when it came. */
    private long madeMillis;

    private long cameMillis;
    private long sequence;
    /** The address of the latest piece. */
    private long latest;

    private @Nullable Position position;
    /** Written by one at a time; read by all. */
    private final AtomicInteger events = new AtomicInteger();

    /** The address of the oldest piece when its time was noted; 0 if there was none. */
    private long oldest;

    private volatile long oldestMillis = Long.MAX_VALUE;

    /**
     * @param keep how long an event is kept
     * @param again how far apart two records with one id may be to be the same event; less than {@code keep} by as much as
     *     nodes may read their records in different order
     * @param maxBytes how many bytes all of them may take, one slab over
     */
    public ReplayWindow(Duration keep, Duration again, long maxBytes) {
        this.keepMillis = keep.toMillis();
        this.againMillis = again.toMillis();
        this.maxBytes = maxBytes;
        slabs = new Slabs(maxBytes);
        tokens = new KeyIndex(slabs, chains(BYTES_PER_TOKEN_CHAIN));
        ids = new KeyIndex(slabs, chains(BYTES_PER_ID_CHAIN));
    }

    private int chains(int bytesPerChain) {
        return Integer.highestOneBit((int) Math.max(1 << 10, Math.min(MOST_CHAINS, maxBytes / bytesPerChain)));
    }

    // ---- filling

    /** Forgets everything: what comes from now on is of this topic. */
    public void begin(int newTopic) {
        slabs = slabs.emptied();
        tokens = new KeyIndex(slabs, chains(BYTES_PER_TOKEN_CHAIN));
        ids = new KeyIndex(slabs, chains(BYTES_PER_ID_CHAIN));
        topic = newTopic;
        begins = new long[0];
        ends = new long[0];
        floors = new long[0];
        events.set(0);
        moved();
        noteOldest();
    }

    /** Says that a partition is read from this offset on, and what was before it is not known, or not so any more. */
    public void begin(int partition, long offset) {
        ensure(partition);
        if (offset < ends[partition]) {
            floors[partition] = latest + 1;
        }
        begins[partition] = offset;
        ends[partition] = offset;
        moved();
    }

    /** Says that everything before this offset was read. */
    public void reach(int partition, long offset) {
        ensure(partition);
        ends[partition] = offset;
        moved();
    }

    /**
     * An event was there before.
     *
     * @param original the address of the one that was read first; 0 if it is not in the window any more
     * @param partition where the place is that counts for nothing from now on: the greater of the two
     * @param isOfOriginal whether that is not the place of the record that is read, but the one that counted until now
     */
    public record Repeat(long original, int partition, long offset, boolean isOfOriginal) {}

    /** Notes the place of an event that is a repeat; null if it is none. */
    public @Nullable Repeat repeat(int partition, long offset, PushEvent event) {
        String id = event.id();
        if (id == null || id.isEmpty()) {
            return null;
        }
        KeyIndex.Search search = ids.find(id);
        long found = next(search);
        while (found != 0 && Math.abs(madeAt(found) - madeMillis) > againMillis) {
            found = next(search);
        }
        return found == 0 ? null : repeat(partition, offset, id, found);
    }

    private Repeat repeat(int partition, long offset, String id, long found) {
        long original = originalOf(found);
        int leastPartition = leastPartition(found);
        long leastOffset = leastOffset(found);
        boolean isLess = partition < leastPartition || (partition == leastPartition && offset < leastOffset);
        long repeat = add(REPEAT_SIZE + ids.size(id), partition, offset, IS_REPEAT);
        ByteBuffer slab = slabs.at(repeat);
        int at = Slabs.placeOf(repeat);
        if (original >= slabs.begin()) { // room for the repeat may have cost the original
            ByteBuffer home = slabs.at(original);
            int link = Slabs.placeOf(original) + REPEAT;
            slab.putLong(at + REPEAT, home.getLong(link));
            home.putLong(link, repeat);
        }
        slab.putLong(at + ORIGINAL, original);
        slab.putInt(at + LEAST_PARTITION, isLess ? partition : leastPartition);
        slab.putLong(at + LEAST_OFFSET, isLess ? offset : leastOffset);
        ids.add(id, repeat, at + REPEAT_SIZE);
        return isLess
                ? new Repeat(original >= slabs.begin() ? original : 0, leastPartition, leastOffset, true)
                : new Repeat(original >= slabs.begin() ? original : 0, partition, offset, false);
    }

    private long originalOf(long piece) {
        ByteBuffer slab = slabs.at(piece);
        int at = Slabs.placeOf(piece);
        if (slab.getInt(at + LENGTH) != IS_REPEAT) {
            return piece;
        }
        long original = slab.getLong(at + ORIGINAL);
        return original >= slabs.begin() && !isGone(original) ? original : 0;
    }

    /** Takes an event, and its payload as a client gets it, without the cursor. */
    public void add(int partition, long offset, PushEvent event, byte[] payload, int length) {
        String id = event.id() == null ? "" : event.id();
        List<String> recipients = event.tokens();
        int size = PAYLOAD + length + (id.isEmpty() ? 0 : ids.size(id));
        for (int i = 0; i < recipients.size(); i++) {
            size += tokens.size(recipients.get(i));
        }
        long piece = add(size, partition, offset, length);
        int at = Slabs.placeOf(piece) + PAYLOAD;
        slabs.at(piece).put(at, payload, 0, length);
        at += length;
        if (!id.isEmpty()) {
            at = ids.add(id, piece, at);
        }
        for (int i = 0; i < recipients.size(); i++) {
            at = tokens.add(recipients.get(i), piece, at);
        }
        events.lazySet(events.get() + 1);
        noteOldest();
    }

    private long add(int size, int partition, long offset, int length) {
        while (!slabs.isEmpty() && slabs.bytes() + slabs.growthFor(size) > maxBytes && slabs.growthFor(size) > 0) {
            evictFirst();
        }
        long piece = slabs.add(size);
        latest = piece;
        ByteBuffer slab = slabs.at(piece);
        int at = Slabs.placeOf(piece);
        slab.putInt(at + SIZE, size);
        slab.putInt(at + PARTITION, partition);
        slab.putLong(at + OFFSET, offset);
        slab.putLong(at + TIME, time);
        slab.putLong(at + MADE, madeMillis);
        slab.putInt(at + LATE, (int) Math.max(0, Math.min(Integer.MAX_VALUE, cameMillis - time)));
        slab.putInt(at + LENGTH, length);
        return piece;
    }

    /**
     * Says which record is read now, and drops what is too old by then. In milliseconds since 1970.
     *
     * @param made the record's timestamp; what is later than {@code came} is taken for that, and what is less than 0 is not
     *     known
     * @param came when it came, or, of what was there before, was most likely to come
     */
    public void advance(long made, long came) {
        madeMillis = made;
        cameMillis = came;
        long millis = made < 0 ? came : Math.min(made, came);
        if (millis <= time) {
            return;
        }
        time = millis;
        while (!slabs.isEmpty() && timeOf(slabs.begin()) < time - keepMillis) {
            evictFirst();
        }
        noteOldest();
    }

    private void evictFirst() {
        long piece = slabs.begin();
        ByteBuffer slab = slabs.at(piece);
        int at = Slabs.placeOf(piece);
        if (slab.getInt(at + LENGTH) != IS_REPEAT) {
            int partition = slab.getInt(at + PARTITION);
            begins[partition] = Math.max(begins[partition], slab.getLong(at + OFFSET) + 1);
            events.lazySet(events.get() - 1);
        }
        slabs.dropFirst(slab.getInt(at + SIZE));
    }

    private long timeOf(long piece) {
        return slabs.at(piece).getLong(Slabs.placeOf(piece) + TIME);
    }

    private long madeAt(long piece) {
        return slabs.at(piece).getLong(Slabs.placeOf(piece) + MADE);
    }

    private long cameAt(long piece) {
        return timeOf(piece) + slabs.at(piece).getInt(Slabs.placeOf(piece) + LATE);
    }

    private void noteOldest() {
        long first = slabs.isEmpty() ? 0 : slabs.begin();
        if (first != oldest) {
            oldest = first;
            oldestMillis = first == 0 ? Long.MAX_VALUE : timeOf(first);
        }
    }

    private void ensure(int partition) {
        if (partition >= ends.length) {
            begins = Arrays.copyOf(begins, partition + 1);
            ends = Arrays.copyOf(ends, partition + 1);
            floors = Arrays.copyOf(floors, partition + 1);
        }
    }

    private void moved() {
        sequence++;
        position = null;
    }

    // ---- reading

    /** How far the topic was read. */
    public Position position() {
        Position current = position;
        if (current == null) {
            current = position = new Position(Cursor.text(topic, ends), sequence);
        }
        return current;
    }

    /** Whether everything before the cursor was read; true of one that is of another topic. */
    public boolean hasReached(Cursor cursor) {
        return isBefore(cursor, Arrays.copyOf(ends, Math.max(ends.length, cursor.partitions())));
    }

    /** Whether the cursor is nowhere beyond the ends of the topic's partitions; of one that they lack they say nothing. */
    public boolean isBefore(Cursor cursor, long[] topicEnds) {
        if (cursor == Cursor.UNREADABLE || cursor.topic() != topic) {
            return true;
        }
        for (int p = 0; p < Math.min(cursor.partitions(), topicEnds.length); p++) {
            if (cursor.position(p) > topicEnds[p]) {
                return false;
            }
        }
        return true;
    }

    /** Why the window does not have everything after the cursor, or null if it does. */
    public @Nullable ResyncReason gapAfter(Cursor cursor) {
        if (cursor == Cursor.UNREADABLE) {
            return ResyncReason.CURSOR;
        }
        if (cursor.topic() != topic) {
            return ResyncReason.TOPIC;
        }
        for (int p = 0; p < begins.length; p++) {
            if (cursor.position(p) < begins[p]) {
                return ResyncReason.EXPIRED;
            }
        }
        return null;
    }

    /** The token's events after a cursor after which there is no gap, in the order in which they were read. */
    public Missed missed(String token, Cursor since) {
        long[] pieces = new long[16];
        int count = 0;
        KeyIndex.Search search = tokens.find(token);
        for (long piece = next(search); piece != 0; piece = next(search)) {
            if (isAfter(piece, since)) {
                if (count == pieces.length) {
                    pieces = Arrays.copyOf(pieces, count * 2);
                }
                pieces[count++] = piece;
            }
        }
        ByteBuffer[] homes = new ByteBuffer[count];
        int[] places = new int[count];
        long[] starts = new long[count];
        for (int i = 0; i < count; i++) { // the latest was found first
            homes[i] = slabs.at(pieces[count - 1 - i]);
            places[i] = Slabs.placeOf(pieces[count - 1 - i]);
            starts[i] = slabs.start(pieces[count - 1 - i]);
        }
        return new Missed(this, homes, places, starts, topic, since.positions(ends.length), position());
    }

    /** Whether as much as the window may hold was dropped since it dropped the slab that starts there. From any thread. */
    boolean isFarFrom(long start) {
        return slabs.dropped() - start > maxBytes;
    }

    /** The next piece that is not {@linkplain #floors gone}, or 0. */
    private long next(KeyIndex.Search search) {
        long piece = search.next();
        while (piece != 0 && isGone(piece)) {
            piece = search.next();
        }
        return piece;
    }

    private boolean isGone(long piece) {
        return piece < floors[partitionAt(slabs.at(piece), Slabs.placeOf(piece))];
    }

    /** Whether a session has the event: it came to it as it was read, or out of the window. */
    public boolean isWith(long event, long from, @Nullable Cursor since) {
        return event >= from || (since != null && isAfter(event, since));
    }

    /** Whether an event of the token came from this address on. */
    public boolean hasAny(String token, long from) {
        return next(tokens.find(token)) >= from;
    }

    /** Whether there is an event of the token after the cursor that its session does not have; as {@link #isWith}. */
    public boolean lacksAny(String token, Cursor cursor, long from, @Nullable Cursor since) {
        KeyIndex.Search search = tokens.find(token);
        for (long piece = next(search); piece != 0; piece = next(search)) {
            if (!isWith(piece, from, since) && isAfter(piece, cursor)) {
                return true;
            }
        }
        return false;
    }

    /** Whether neither the event nor a repeat of it is before the cursor. */
    private boolean isAfter(long piece, Cursor since) {
        long place = piece;
        while (place != 0) {
            ByteBuffer slab = slabs.at(place);
            int at = Slabs.placeOf(place);
            if (slab.getLong(at + OFFSET) < since.position(slab.getInt(at + PARTITION))) {
                return false;
            }
            place = slab.getLong(at + REPEAT);
        }
        return true;
    }

    /** Shows of each of these events the place that counts with the receipts. */
    public void forEachPlace(Missed missed, Missed.PlaceReader reader) {
        missed.forEachPiece((slab, at) -> tell(slab, at, reader));
    }

    private void tell(ByteBuffer slab, int at, Missed.PlaceReader reader) {
        long repeat = slab.getLong(at + REPEAT);
        if (repeat == 0) {
            reader.at(partitionAt(slab, at), offsetAt(slab, at));
        } else {
            ByteBuffer home = slabs.at(repeat);
            int place = Slabs.placeOf(repeat);
            reader.at(home.getInt(place + LEAST_PARTITION), home.getLong(place + LEAST_OFFSET));
        }
    }

    private int leastPartition(long piece) {
        long repeat = latestRepeat(piece);
        return repeat == 0
                ? partitionAt(slabs.at(piece), Slabs.placeOf(piece))
                : slabs.at(repeat).getInt(Slabs.placeOf(repeat) + LEAST_PARTITION);
    }

    private long leastOffset(long piece) {
        long repeat = latestRepeat(piece);
        return repeat == 0
                ? offsetAt(slabs.at(piece), Slabs.placeOf(piece))
                : slabs.at(repeat).getLong(Slabs.placeOf(repeat) + LEAST_OFFSET);
    }

    /** The latest of the event's repeats, or 0. */
    private long latestRepeat(long piece) {
        ByteBuffer slab = slabs.at(piece);
        int at = Slabs.placeOf(piece);
        if (slab.getInt(at + LENGTH) != IS_REPEAT) {
            return slab.getLong(at + REPEAT);
        }
        long original = originalOf(piece);
        return original == 0 ? piece : slabs.at(original).getLong(Slabs.placeOf(original) + REPEAT);
    }

    static int partitionAt(ByteBuffer slab, int piece) {
        return slab.getInt(piece + PARTITION);
    }

    static long offsetAt(ByteBuffer slab, int piece) {
        return slab.getLong(piece + OFFSET);
    }

    static int lengthAt(ByteBuffer slab, int piece) {
        return slab.getInt(piece + LENGTH);
    }

    /**
     * Shows where the token's events are, as it counts with the receipts, that a client has, by its own word, the latest
     * first. The client's cursors are such as its events brought: who has an event there has all that came to it before.
     *
     * @param from the address from which on events came to the client as they were read
     * @param since where it was when it got what it had missed; null if it got nothing of that
     * @param before what it has said to have before, which is not shown again
     */
    public void forEachHad(
            String token,
            long from,
            @Nullable Cursor since,
            @Nullable Cursor before,
            Cursor has,
            Missed.PlaceReader reader) {
        if (has == Cursor.UNREADABLE || has.topic() != topic) {
            return;
        }
        KeyIndex.Search search = tokens.find(token);
        for (long piece = next(search); piece != 0; piece = next(search)) {
            if (piece < from) {
                if (since == null) {
                    return;
                }
                if (!isAfter(piece, since)) {
                    continue; // the client had it before this login
                }
            }
            ByteBuffer slab = slabs.at(piece);
            int partition = partitionAt(slab, Slabs.placeOf(piece));
            long offset = offsetAt(slab, Slabs.placeOf(piece));
            if (before != null && before.topic() == topic && before.has(partition, offset)) {
                return;
            }
            if (has.has(partition, offset)) {
                tell(slab, Slabs.placeOf(piece), reader);
            }
        }
    }

    // ---- explaining

    /**
     * An event in the window, as somebody sees it who asks for it.
     *
     * @param address greater than that of any event that was read before it
     * @param millis when it came, in milliseconds since 1970
     * @param tokens its recipients; none of a repeat, of which the place is all that is kept
     */
    public record Kept(long address, int partition, long offset, long millis, boolean isRepeat, List<String> tokens) {}

    /** The address that the next event will have, or a lesser one that no event has. */
    public long end() {
        return latest + 1;
    }

    /** The event with this id, or null. */
    public @Nullable Kept find(String id) {
        long piece = id.isEmpty() ? 0 : ids.find(id).next();
        long original = piece == 0 ? 0 : originalOf(piece);
        return piece == 0 ? null : kept(original == 0 ? piece : original);
    }

    /** A search for the event or repeat at a place: through all of them, the earliest first. */
    public Search search(int partition, long offset) {
        return new Search(partition, offset);
    }

    /** A search that can be broken off and taken up, with other uses of the window in between. */
    public final class Search {
        private final Slabs searched = slabs;
        private final int partition;
        private final long offset;
        private long next = slabs.begin();
        private boolean isOver;

        private Search(int partition, long offset) {
            this.partition = partition;
            this.offset = offset;
        }

        /** Whether there is nothing more to look at. */
        public boolean isOver() {
            return isOver;
        }

        /** Looks at so many, and returns what was wanted, or null. */
        public @Nullable Kept next(int most) {
            next = Math.max(next, slabs.begin());
            for (int i = 0; i < most; i++) {
                if (searched != slabs || slabs.isEmpty() || next > latest) {
                    isOver = true;
                    return null;
                }
                ByteBuffer slab = slabs.at(next);
                int at = Slabs.placeOf(next);
                if (slab.getInt(at + PARTITION) == partition && slab.getLong(at + OFFSET) == offset) {
                    isOver = true;
                    return kept(next);
                }
                next = slabs.after(next, sizeOf(next));
            }
            return null;
        }
    }

    /** Why there is none at this place, for people. */
    public String absence(int partition, long offset) {
        if (partition >= ends.length || offset >= ends[partition]) {
            return "not read yet, or no such partition";
        }
        return offset < begins[partition]
                ? "no longer in the replay window"
                : "no event: a dead letter, or not a record of its own";
    }

    /** The latest events of a token, the latest first, each as if it were for this recipient alone. */
    public List<Kept> latest(String token, int most) {
        List<Kept> found = new ArrayList<>();
        KeyIndex.Search search = tokens.find(token);
        for (long piece = search.next(); piece != 0 && found.size() < most; piece = search.next()) {
            found.add(kept(piece, List.of(token)));
        }
        return found;
    }

    /**
     * When those of the token's events came that were handed to a session after this one, the latest first, in milliseconds
     * since 1970.
     *
     * @param from the address from which on events came to the session as they were read
     * @param since where its client was when it got what it had missed; null if it got nothing of that
     */
    public List<Long> newer(String token, Kept than, long from, @Nullable Cursor since) {
        List<Long> times = new ArrayList<>();
        KeyIndex.Search search = tokens.find(token);
        for (long piece = search.next(); piece > than.address; piece = search.next()) {
            if (isWith(piece, from, since)) {
                times.add(cameAt(piece));
            }
        }
        return times;
    }

    /** Whether somebody who is at the cursor has the event still before him. */
    public boolean isAfter(Kept event, Cursor since) {
        return isAfter(event.address, since);
    }

    private Kept kept(long piece) {
        int at = Slabs.placeOf(piece);
        int length = lengthAt(slabs.at(piece), at);
        return kept(piece, length == IS_REPEAT ? List.of() : recipients(piece, at + PAYLOAD + length));
    }

    private Kept kept(long piece, List<String> recipients) {
        ByteBuffer slab = slabs.at(piece);
        int at = Slabs.placeOf(piece);
        return new Kept(
                piece,
                slab.getInt(at + PARTITION),
                slab.getLong(at + OFFSET),
                cameAt(piece),
                slab.getInt(at + LENGTH) == IS_REPEAT,
                recipients);
    }

    /** From the links behind the payload: that of the id, if there is one, and those of the tokens. */
    private List<String> recipients(long piece, int links) {
        ByteBuffer slab = slabs.at(piece);
        List<String> names = new ArrayList<>();
        int at = links;
        while (at < Slabs.placeOf(piece) + sizeOf(piece)) {
            String name = KeyIndex.nameAt(slab, at);
            if (at > links || !isId(name, piece)) {
                names.add(name);
            }
            at += ids.size(name);
        }
        return names;
    }

    private boolean isId(String name, long piece) {
        KeyIndex.Search search = ids.find(name);
        long found = search.next();
        while (found > piece) {
            found = search.next();
        }
        return found == piece;
    }

    private int sizeOf(long piece) {
        return slabs.at(piece).getInt(Slabs.placeOf(piece) + SIZE);
    }

    // ---- figures, from any thread

    /** Events in the window. */
    public int events() {
        return events.get();
    }

    /** Bytes of the window. */
    public long bytes() {
        return slabs.bytes();
    }

    /** Those of them that events and repeats take. */
    public long usedBytes() {
        return slabs.used();
    }

    /** When the oldest event in the window came, in milliseconds since 1970; {@link Long#MAX_VALUE} if there is none. */
    public long oldestMillis() {
        return oldestMillis;
    }
}
