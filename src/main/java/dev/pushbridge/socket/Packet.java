package dev.pushbridge.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent to one session, or to many of one loop: the bytes that a link puts into its framing, which nobody
 * changes. However many sessions have it before them, it is in memory once, and counts once among what waits. Lives on its
 * {@link Loop}.
 *
 * <p>A large one is also framed once, in direct memory, and its frame goes with the last who holds the packet. A frame of a
 * few hundred bytes is cheaper to copy next to its neighbours, which makes one buffer and one write of all that a socket
 * gets in a batch.
 */
final class Packet {
    /** Bytes from which a frame is shared. */
    static final int LARGE = 4096;

    private final Kind kind;
    private final byte[] bytes;
    /** Sessions that have it in their backlog, and writes that its frame is in. */
    private int holders;

    private @Nullable ByteBuf frame;
    private @Nullable ByteBuf deflatedFrame;

    enum Kind {
        /** An event's frame: a text packet whose end is counted. */
        DELIVERY,
        /** An Engine.IO packet in UTF-8, its type first. */
        TEXT,
        /** The data of a binary message, without the type. */
        BINARY
    }

    Packet(Kind kind, byte[] bytes) {
        this.kind = kind;
        this.bytes = bytes;
    }

    Kind kind() {
        return kind;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return bytes.length;
    }

    /** 1 if its end is counted, else 0. */
    int deliveries() {
        return kind == Kind.DELIVERY ? 1 : 0;
    }

    boolean isHeld() {
        return holders > 0;
    }

    /** Bytes that one more holder adds to what waits. */
    int growth() {
        return isHeld() ? 0 : bytes.length;
    }

    /** Keeps it until {@link #letGo}. */
    void hold(Loop loop) {
        if (holders++ == 0) {
            loop.queued(bytes.length);
        }
    }

    void letGo(Loop loop) {
        if (--holders == 0) {
            loop.queued(-bytes.length);
            drop(frame, loop);
            drop(deflatedFrame, loop);
            frame = null;
            deflatedFrame = null;
        }
    }

    private static void drop(@Nullable ByteBuf frame, Loop loop) {
        if (frame != null) {
            loop.queued(-frame.readableBytes());
            frame.release();
        }
    }

    /** It in its WebSocket frame, for somebody who holds it; the caller's reference is his to release. */
    ByteBuf frame(Loop loop, ByteBufAllocator allocator) {
        ByteBuf shared = frame;
        if (shared == null) {
            shared = frame = WebSocketFraming.textFrame(bytes, allocator);
            loop.queued(shared.readableBytes());
        }
        return shared.retainedDuplicate();
    }

    /** The same for who takes it compressed. */
    ByteBuf deflatedFrame(Loop loop, ByteBufAllocator allocator) {
        ByteBuf shared = deflatedFrame;
        if (shared == null) {
            shared = deflatedFrame = loop.deflate().frame(bytes, allocator);
            loop.queued(shared.readableBytes());
        }
        return shared.retainedDuplicate();
    }
}
