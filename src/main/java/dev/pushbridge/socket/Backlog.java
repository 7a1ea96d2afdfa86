package dev.pushbridge.socket;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to one session, in order. A session that has nothing waiting has no backlog at all.
 *
 * <p>A packet is the bytes that the session's link puts into its framing; they may be shared, and nobody changes them.
 */
final class Backlog {
    private static final int SMALL = 16;
    private static final byte[] NONE = {};

    private byte[][] packets = new byte[SMALL / 2][];
    private @Nullable Kind[] kinds = new Kind[SMALL / 2];
    private int head;
    private int size;
    private long bytes;
    private int deliveries;

    enum Kind {
        /** An event's frame: a text packet whose end is counted. */
        DELIVERY,
        /** An Engine.IO packet in UTF-8, its type first. */
        TEXT,
        /** The data of a binary message, without the type. */
        BINARY
    }

    void add(Kind kind, byte[] packet) {
        if (size == packets.length) {
            grow();
        }
        int at = (head + size) % packets.length;
        kinds[at] = kind;
        packets[at] = packet;
        size++;
        bytes += packet.length;
        if (kind == Kind.DELIVERY) {
            deliveries++;
        }
    }

    /** The packet that is {@code index} behind the first. */
    byte[] packet(int index) {
        return packets[(head + index) % packets.length];
    }

    Kind kind(int index) {
        return Objects.requireNonNull(kinds[(head + index) % kinds.length]);
    }

    void removeFirst(int count) {
        for (int i = 0; i < count; i++) {
            bytes -= packet(0).length;
            if (kind(0) == Kind.DELIVERY) {
                deliveries--;
            }
            packets[head] = NONE;
            head = (head + 1) % packets.length;
            size--;
        }
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long bytes() {
        return bytes;
    }

    /** How many of the packets are deliveries. */
    int deliveries() {
        return deliveries;
    }

    /** Whether it is worth keeping for the next session. */
    boolean isSmall() {
        return packets.length <= SMALL;
    }

    private void grow() {
        byte[][] more = Arrays.copyOf(packets, packets.length * 2);
        @Nullable Kind[] moreKinds = Arrays.copyOf(kinds, kinds.length * 2);
        // The part that had wrapped around goes behind the rest.
        System.arraycopy(packets, 0, more, packets.length, head);
        System.arraycopy(kinds, 0, moreKinds, kinds.length, head);
        packets = more;
        kinds = moreKinds;
    }
}
