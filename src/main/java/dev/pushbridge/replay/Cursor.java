package dev.pushbridge.replay;

import java.util.Arrays;
import java.util.Base64;

/**
 * A place in the topic: the offset of the first record that is still to come, for every partition, and which topic it is.
 * A client's cursor says: I have all of my events before this. Compared by order, never by identity.
 *
 * <p>As text it is URL-safe Base64 of: a version; four bytes that tell one topic from another, also from an earlier one of
 * the same name; the number of partitions; the offsets, each as its difference from the one before, because the partitions
 * of one topic are about equally long. Numbers are of variable length, seven bits a byte.
 */
public final class Cursor {
    /** What a text that is no cursor is read as. */
    public static final Cursor UNREADABLE = new Cursor(0, new long[0]);

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 5;
    private static final int MAX_NUMBER_BYTES = 10;

    private final int topic;
    private final long[] positions;

    private Cursor(int topic, long[] positions) {
        this.topic = topic;
        this.positions = positions;
    }

    /** Reads what {@link #text} wrote; anything else, also of another version, is {@link #UNREADABLE}. */
    public static Cursor of(String text) {
        try {
            return new Reader(Base64.getUrlDecoder().decode(text)).read();
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException broken) {
            return UNREADABLE;
        }
    }

    static Cursor of(int topic, long[] positions) {
        return new Cursor(topic, positions.clone());
    }

    /** The cursor that has everything which this or the other has; both of one client and one token. */
    public Cursor with(Cursor other) {
        if (this == UNREADABLE || other == UNREADABLE || topic != other.topic) {
            return this == UNREADABLE ? other : this;
        }
        long[] further = Arrays.copyOf(positions, Math.max(positions.length, other.positions.length));
        for (int p = 0; p < further.length; p++) {
            further[p] = Math.max(further[p], other.position(p));
        }
        return new Cursor(topic, further);
    }

    /** Whether both are of one topic, also if another had its name meanwhile. */
    public boolean isOfTopicOf(Cursor other) {
        return topic == other.topic;
    }

    /** Whether who is here has everything that who is there has. */
    public boolean hasAll(Cursor there) {
        if (this == UNREADABLE || there == UNREADABLE || topic != there.topic) {
            return false;
        }
        for (int p = 0; p < there.positions.length; p++) {
            if (position(p) < there.positions[p]) {
                return false;
            }
        }
        return true;
    }

    /** Whether who is here has the record at this place. */
    public boolean has(int partition, long offset) {
        return position(partition) > offset;
    }

    /** How many characters the text of a cursor of as many partitions may have, whatever the offsets. */
    public int mostCharacters() {
        return (mostBytes(positions.length) * 4 + 2) / 3;
    }

    int topic() {
        return topic;
    }

    int partitions() {
        return positions.length;
    }

    /** The first offset that is to come; 0 for a partition that was not there yet. */
    long position(int partition) {
        return partition < positions.length ? positions[partition] : 0;
    }

    /** The positions of so many partitions, to be changed by the caller. */
    long[] positions(int partitions) {
        return Arrays.copyOf(positions, partitions);
    }

    public String text() {
        return text(topic, positions);
    }

    static String text(int topic, long[] positions) {
        byte[] bytes = new byte[mostBytes(positions.length)];
        bytes[0] = VERSION;
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[1 + i] = (byte) (topic >>> (24 - 8 * i));
        }
        int size = number(bytes, HEAD_BYTES, positions.length);
        long before = 0;
        for (long position : positions) {
            long more = position - before;
            size = number(bytes, size, (more << 1) ^ (more >> 63)); // the sign goes into the lowest bit
            before = position;
        }
        return BASE64.encodeToString(Arrays.copyOf(bytes, size));
    }

    private static int mostBytes(int partitions) {
        return HEAD_BYTES + MAX_NUMBER_BYTES * (partitions + 1);
    }

    private static int number(byte[] bytes, int at, long number) {
        int next = at;
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            bytes[next++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[next++] = (byte) rest;
        return next;
    }

    /** For people; a cursor is no secret. */
    @Override
    public String toString() {
        return this == UNREADABLE ? "unreadable" : Integer.toHexString(topic) + Arrays.toString(positions);
    }

    private static final class Reader {
        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        Cursor read() {
            if (bytes[at++] != VERSION) {
                return UNREADABLE;
            }
            int topic = 0;
            for (int i = 0; i < Integer.BYTES; i++) {
                topic = (topic << 8) | (bytes[at++] & 0xff);
            }
            long count = number();
            if (count < 0 || count > bytes.length - at) { // a partition has at least one byte
                return UNREADABLE;
            }
            long[] positions = new long[(int) count];
            long before = 0;
            for (int p = 0; p < positions.length; p++) {
                long more = number();
                before += (more >>> 1) ^ -(more & 1);
                if (before < 0) {
                    return UNREADABLE;
                }
                positions[p] = before;
            }
            return at == bytes.length ? new Cursor(topic, positions) : UNREADABLE;
        }

        private long number() {
            long number = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                byte next = bytes[at++];
                number |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return number;
                }
            }
            throw new IllegalArgumentException("a number without an end");
        }
    }
}
