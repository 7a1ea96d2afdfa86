package dev.pushbridge.socket;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent to one session, in order. A session that has nothing waiting has no backlog at all. It holds its
 * packets; who takes one out takes that over.
 */
final class Backlog {
    /** All capacities are powers of two. */
    private static final int SMALL = 16;

    private @Nullable Packet[] packets = new Packet[SMALL / 2];
    private int head;
    private int size;
    private long bytes;
    private int deliveries;

    void add(Packet packet) {
        if (size == packets.length) {
            grow();
        }
        packets[(head + size) & (packets.length - 1)] = packet;
        size++;
        bytes += packet.length();
        deliveries += packet.deliveries();
    }

    /** The packet that is {@code index} behind the first. */
    Packet packet(int index) {
        return Objects.requireNonNull(packets[(head + index) & (packets.length - 1)]);
    }

    /** Takes out the first. */
    Packet take() {
        Packet first = packet(0);
        packets[head] = null;
        head = (head + 1) & (packets.length - 1);
        size--;
        bytes -= first.length();
        deliveries -= first.deliveries();
        return first;
    }

    /** Lets go of all that is left. */
    void letGo(Loop loop) {
        while (size > 0) {
            take().letGo(loop);
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
        @Nullable Packet[] more = Arrays.copyOf(packets, packets.length * 2);
        // The part that had wrapped around goes behind the rest.
        System.arraycopy(packets, 0, more, packets.length, head);
        packets = more;
    }
}
