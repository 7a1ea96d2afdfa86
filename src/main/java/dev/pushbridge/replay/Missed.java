package dev.pushbridge.replay;

import static java.util.Objects.requireNonNull;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * What one client has missed, one event after the other. Holds no copies: it reads the window's slabs, which stay as they
 * are, each until the last event in it was taken, also if the window has dropped it: see {@link #isLeftBehind}. Belongs to
 * the session's loop once it is handed over.
 *
 * <p>Each event carries a cursor of its own, because the client's place in each partition may be beyond the one that this
 * node had when it read the event: the client's place, with this event's partition moved behind the event. The last one
 * carries the place at which the client goes on live.
 */
public final class Missed {
    private static final Missed NOTHING =
            new Missed(null, new ByteBuffer[0], new int[0], new long[0], 0, new long[0], new Position("", 0));

    private final @Nullable ReplayWindow window;
    private final @Nullable ByteBuffer[] slabs;
    private final int[] pieces;
    private final long[] starts;
    private final int topic;
    private final long[] reached;
    private final Position end;
    private int next;

    Missed(
            @Nullable ReplayWindow window,
            ByteBuffer[] slabs,
            int[] pieces,
            long[] starts,
            int topic,
            long[] reached,
            Position end) {
        this.window = window;
        this.slabs = slabs;
        this.pieces = pieces;
        this.starts = starts;
        this.topic = topic;
        this.reached = reached;
        this.end = end;
    }

    public static Missed nothing() {
        return NOTHING;
    }

    /** Events that are still to come. */
    public int remaining() {
        return pieces.length - next;
    }

    /**
     * Whether the client takes so long that the window has dropped as much as it may hold since it dropped the next event.
     * Who is let go then, all clients together never keep more of what was dropped than that.
     */
    public boolean isLeftBehind() {
        return window != null && remaining() > 0 && window.isFarFrom(starts[next]);
    }

    /** Hears of an event by its place in the topic. */
    public interface PlaceReader {
        void at(int partition, long offset);
    }

    /** Looks at a piece. */
    interface PieceReader {
        void at(ByteBuffer slab, int place);
    }

    /** Shows those that are still to come. */
    void forEachPiece(PieceReader reader) {
        for (int i = next; i < pieces.length; i++) {
            reader.at(requireNonNull(slabs[i]), pieces[i]);
        }
    }

    /** How far the client is with what was taken so far. */
    public String cursor() {
        return remaining() == 0 ? end.cursor() : Cursor.text(topic, reached);
    }

    @SuppressWarnings("ByteBufferBackingArray") // the slab is all of its array
    public Frame next() {
        if (remaining() == 0) {
            throw new NoSuchElementException("that was all");
        }
        ByteBuffer slab = requireNonNull(slabs[next]);
        int piece = pieces[next];
        slabs[next] = null;
        next++;
        int partition = ReplayWindow.partitionAt(slab, piece);
        reached[partition] = Math.max(reached[partition], ReplayWindow.offsetAt(slab, piece) + 1);
        return Frame.of(
                slab.array(),
                piece + ReplayWindow.PAYLOAD,
                ReplayWindow.lengthAt(slab, piece),
                new Position(cursor(), end.sequence()));
    }
}
