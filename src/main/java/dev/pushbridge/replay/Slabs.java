package dev.pushbridge.replay;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in the order in which they came: added at the end, dropped at the beginning, never moved, and no object for each.
 *
 * <p>An address is the number of a slab in its upper half and a place in that slab in its lower; later ones are greater,
 * and none is 0. A slab that was dropped is not used again, so that who still holds it can go on reading.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the figures have one writer at a time
final class Slabs {
    private static final int LEAST_BYTES = 4 << 10;
    /** Below half of the smallest region of G1, for which larger arrays are a special case. */
    private static final int MOST_BYTES = 256 << 10;
    /** A slab is at most this part of all, so that what is dropped at once is little. */
    private static final int PARTS = 64;

    private final int slabBytes;
    private @Nullable ByteBuffer[] ring = new ByteBuffer[16];
    /** Of each slab of the ring, the bytes of all that were there before it. */
    private long[] starts = new long[16];

    private int first;
    private int count;
    private long begin;
    private volatile long bytes;
    /** Written by one at a time; read by all. */
    private final AtomicLong used = new AtomicLong();

    private volatile long dropped;

    Slabs(long maxBytes) {
        this((int) Math.max(LEAST_BYTES, Math.min(MOST_BYTES, maxBytes / PARTS)), 1, 0);
    }

    private Slabs(int slabBytes, int first, long dropped) {
        this.slabBytes = slabBytes;
        this.first = first;
        this.dropped = dropped;
        begin = address(first, 0);
    }

    /** Empty ones, whose addresses are greater than all of these. */
    Slabs emptied() {
        return new Slabs(slabBytes, first + count, dropped + bytes);
    }

    /** The bytes that all slabs have. From any thread. */
    long bytes() {
        return bytes;
    }

    /** The bytes of them that pieces take. From any thread. */
    long used() {
        return used.get();
    }

    /** The bytes of all slabs that were dropped, here and in those that these came after. From any thread. */
    long dropped() {
        return dropped;
    }

    /** What {@link #dropped} is at most until the slab of this address is. */
    long start(long address) {
        return starts[slot((int) (address >>> 32))];
    }

    /** The bytes that would be added to make room for so many; 0 while there is room. */
    int growthFor(int size) {
        return count > 0 && last().remaining() >= size ? 0 : Math.max(slabBytes, size);
    }

    /** Makes room at the end and returns its address. */
    long add(int size) {
        int growth = growthFor(size);
        if (growth > 0) {
            grow(growth);
        }
        ByteBuffer slab = last();
        int at = slab.position();
        slab.position(at + size);
        used.lazySet(used.get() + size);
        return address(first + count - 1, at);
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The address of the first piece, or of the next one if there is none; all before it are gone. */
    long begin() {
        return begin;
    }

    ByteBuffer at(long address) {
        return Objects.requireNonNull(ring[slot((int) (address >>> 32))]);
    }

    /** The address behind a piece of this size. */
    long after(long address, int size) {
        long next = address + size;
        return placeOf(next) == at(address).position() ? address((int) (address >>> 32) + 1, 0) : next;
    }

    static int placeOf(long address) {
        return (int) address;
    }

    /** Drops the first piece, which has this size, and its slab with the last of it. */
    void dropFirst(int size) {
        ByteBuffer slab = at(begin);
        begin += size;
        used.lazySet(used.get() - size);
        if (placeOf(begin) == slab.position()) {
            ring[slot(first)] = null;
            bytes -= slab.capacity();
            dropped += slab.capacity();
            first++;
            count--;
            begin = address(first, 0);
        }
    }

    private ByteBuffer last() {
        return at(address(first + count - 1, 0));
    }

    private void grow(int size) {
        if (count == ring.length) {
            @Nullable ByteBuffer[] more = new ByteBuffer[count * 2];
            long[] moreStarts = new long[count * 2];
            for (int number = first; number < first + count; number++) {
                more[number & (more.length - 1)] = ring[slot(number)];
                moreStarts[number & (more.length - 1)] = starts[slot(number)];
            }
            ring = more;
            starts = moreStarts;
        }
        ring[slot(first + count)] = ByteBuffer.allocate(size);
        starts[slot(first + count)] = dropped + bytes;
        count++;
        bytes += size;
    }

    private int slot(int number) {
        return number & (ring.length - 1);
    }

    private static long address(int number, int place) {
        return ((long) number << 32) | place;
    }
}
