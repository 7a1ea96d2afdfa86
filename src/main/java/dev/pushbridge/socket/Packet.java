package dev.pushbridge.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent to one session, or to many of one loop: the bytes that a link puts into its framing, which nobody
 * changes. However many sessions have it before them, it is in memory once, and counts once among what waits. Lives on its
 * {@link Loop}.
 *
 * <p>A large one is also framed once, in direct memory; its frame stays until it was written by the last who has it. A frame of a
 * few hundred bytes is cheaper to copy next to its neighbours, which makes one buffer and one write of all that a socket
 * gets in a batch.
 */
final class Packet {
    /** Bytes from which a frame is shared. */
    static final int LARGE = 4096;

    private final Kind kind;
    private final byte[] bytes;
    /** Sessions that have it in their backlog. */
    private int holders;

    private @Nullable SharedFrame frame;
    private @Nullable SharedFrame deflatedFrame;

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

    /** Whether it waits for somebody, or its frame is being written. */
    boolean isUnderWay() {
        return holders > 0 || heldOrNull(frame) != null || heldOrNull(deflatedFrame) != null;
    }

    /** Bytes that one more holder adds to what waits. */
    int growth() {
        return holders > 0 ? 0 : bytes.length;
    }

    /** Keeps it until {@link #letGo}. */
    void hold(Loop loop) {
        if (holders++ == 0) {
            loop.queued(bytes.length);
            frame = heldOrNull(frame);
            deflatedFrame = heldOrNull(deflatedFrame);
            hold(frame);
            hold(deflatedFrame);
        }
    }

    void letGo(Loop loop) {
        if (--holders == 0) {
            loop.queued(-bytes.length);
            letGo(frame, loop);
            letGo(deflatedFrame, loop);
        }
    }

    /** Who gets it when it waits for nobody any more may find its frame in the writes of others. */
    private static @Nullable SharedFrame heldOrNull(@Nullable SharedFrame frame) {
        return frame != null && frame.holders > 0 ? frame : null;
    }

    private static void hold(@Nullable SharedFrame frame) {
        if (frame != null) {
            frame.holders++;
        }
    }

    private static void letGo(@Nullable SharedFrame frame, Loop loop) {
        if (frame != null) {
            frame.letGo(loop);
        }
    }

    /** It in its WebSocket frame, for somebody who holds it; the frame is his to let go. */
    SharedFrame frame(Loop loop, ByteBufAllocator allocator) {
        SharedFrame shared = frame;
        if (shared == null) {
            shared = frame = new SharedFrame(WebSocketFraming.textFrame(bytes, allocator), loop);
        }
        hold(shared);
        return shared;
    }

    /** The same for who takes it compressed. */
    SharedFrame deflatedFrame(Loop loop, ByteBufAllocator allocator) {
        SharedFrame shared = deflatedFrame;
        if (shared == null) {
            shared = deflatedFrame = new SharedFrame(loop.deflate().frame(bytes, allocator), loop);
        }
        hold(shared);
        return shared;
    }

    /** A frame in direct memory, of its packet while that waits, and of every write that it is in. */
    static final class SharedFrame {
        private final ByteBuf frame;
        private int holders = 1;

        private SharedFrame(ByteBuf frame, Loop loop) {
            this.frame = frame;
            loop.queued(frame.readableBytes());
        }

        int length() {
            return frame.readableBytes();
        }

        /** To be written, which takes a reference of its own. */
        ByteBuf forOne() {
            return frame.retainedDuplicate();
        }

        void letGo(Loop loop) {
            if (--holders == 0) {
                loop.queued(-frame.readableBytes());
                frame.release();
            }
        }
    }
}
