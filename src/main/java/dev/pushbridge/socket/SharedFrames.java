package dev.pushbridge.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.IdentityHashMap;

/**
 * Large frames of the current batch, each once in direct memory, ready for every WebSocket of the loop.
 *
 * <p>A frame of a few hundred bytes is cheaper to copy next to its neighbours, which makes one buffer and one write of
 * all that a socket gets in a batch; a large one is cheaper to share, which makes its copy once per loop instead of once
 * per socket. The map lives as long as a batch; sockets that could not be written at once hold their own reference.
 */
final class SharedFrames {
    /** Bytes from which a frame is shared. */
    static final int LARGE = 4096;

    private final IdentityHashMap<byte[], ByteBuf> frames = new IdentityHashMap<>();

    /** How a packet becomes a frame. */
    @FunctionalInterface
    interface Framing {
        ByteBuf frame(byte[] packet, ByteBufAllocator allocator);
    }

    /** The packet in its WebSocket frame; the caller's reference is his to release. */
    ByteBuf frame(byte[] packet, Framing framing, ByteBufAllocator allocator) {
        ByteBuf frame = frames.get(packet);
        if (frame == null) {
            frame = framing.frame(packet, allocator);
            frames.put(packet, frame);
        }
        return frame.retainedDuplicate();
    }

    void release() {
        if (!frames.isEmpty()) {
            frames.values().forEach(ByteBuf::release);
            frames.clear();
        }
    }
}
