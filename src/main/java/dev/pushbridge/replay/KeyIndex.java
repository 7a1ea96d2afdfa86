package dev.pushbridge.replay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Finds what is in the slabs by a name: its token, or its id. A hash table whose chains lie in the slabs themselves, each
 * link beside the name and the latest first, so that nothing is to be cleared away when a slab is dropped.
 *
 * <p>A link: the address of the one before it in its chain (8 bytes), the place of its piece in the same slab (4), the
 * length of the name and how it is written (2), the name.
 */
final class KeyIndex {
    private static final int PLACE = 8;
    private static final int LENGTH = 12;
    private static final int NAME = 14;
    /** Marks a name in two bytes a character; the others take one. */
    private static final int WIDE = 0x8000;

    private final Slabs slabs;
    private final long[] latest;
    /** The last one that was asked for: it is looked for, measured and added one after the other. */
    private Key key = new Key("");

    /** @param chains a power of two */
    KeyIndex(Slabs slabs, int chains) {
        this.slabs = slabs;
        this.latest = new long[chains];
    }

    /** The bytes of a link. */
    int size(String name) {
        return NAME + key(name).bytes.length;
    }

    /** Writes the link of a piece, and returns the place behind it. */
    int add(String name, long piece, int at) {
        ByteBuffer slab = slabs.at(piece);
        Key added = key(name);
        int chain = added.hash & (latest.length - 1);
        slab.putLong(at, latest[chain]);
        slab.putInt(at + PLACE, Slabs.placeOf(piece));
        slab.putShort(at + LENGTH, added.form);
        slab.put(at + NAME, added.bytes);
        latest[chain] = piece - Slabs.placeOf(piece) + at;
        return at + NAME + added.bytes.length;
    }

    /** The name of a link. */
    static String nameAt(ByteBuffer slab, int at) {
        int form = slab.getShort(at + LENGTH) & 0xffff;
        byte[] bytes = new byte[form & ~WIDE];
        slab.get(at + NAME, bytes);
        return (form & WIDE) == 0
                ? new String(bytes, ISO_8859_1)
                : ByteBuffer.wrap(bytes).asCharBuffer().toString();
    }

    /** The pieces under a name, the latest first. */
    Search find(String name) {
        return new Search(key(name));
    }

    @SuppressWarnings("ReferenceEquality") // another of the same characters is made anew, that is all
    private Key key(String name) {
        if (key.name != name) {
            key = new Key(name);
        }
        return key;
    }

    /** A name as it is written: Latin-1 in one byte, all else in two; exact also for what is not well-formed UTF-16. */
    private static final class Key {
        private final String name;
        private final byte[] bytes;
        /** Of the length, which is at most 256 characters, and how it is written. */
        private final short form;

        private final int hash;

        @SuppressWarnings("ByteBufferBackingArray") // allocated here
        Key(String name) {
            this.name = name;
            if (isNarrow(name)) {
                bytes = name.getBytes(ISO_8859_1);
                form = (short) bytes.length;
            } else {
                ByteBuffer wide = ByteBuffer.allocate(2 * name.length());
                wide.asCharBuffer().put(name);
                bytes = wide.array();
                form = (short) (bytes.length | WIDE);
            }
            int spread = name.hashCode() * 0x9e3779b9;
            hash = spread ^ (spread >>> 16);
        }

        private static boolean isNarrow(String name) {
            for (int i = 0; i < name.length(); i++) {
                if (name.charAt(i) > 0xff) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Walks the chain of a name. */
    final class Search {
        private final Key wanted;
        private long next;

        private Search(Key wanted) {
            this.wanted = wanted;
            next = latest[wanted.hash & (latest.length - 1)];
        }

        /** The address of the next piece, or 0 if there is none any more. */
        long next() {
            while (next >= slabs.begin()) {
                long link = next;
                ByteBuffer slab = slabs.at(link);
                int at = Slabs.placeOf(link);
                next = slab.getLong(at);
                if (slab.getShort(at + LENGTH) == wanted.form && isNamed(slab, at + NAME)) {
                    return link - at + slab.getInt(at + PLACE);
                }
            }
            return 0;
        }

        @SuppressWarnings("ByteBufferBackingArray") // the slab is all of its array
        private boolean isNamed(ByteBuffer slab, int at) {
            byte[] bytes = wanted.bytes;
            return Arrays.equals(slab.array(), at, at + bytes.length, bytes, 0, bytes.length);
        }
    }
}
