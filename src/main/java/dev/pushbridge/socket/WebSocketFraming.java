package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Writes what the server sends on a WebSocket: whole messages in single, unmasked frames (RFC 6455 section 5.2). Written
 * by hand, because a frame object and a handler per packet would be most of what a push costs.
 */
final class WebSocketFraming {
    private static final int FINAL = 0x80;
    private static final int DEFLATED = 0x40;
    private static final int TEXT = 0x1;
    private static final int BINARY = 0x2;
    private static final int CLOSE = 0x8;
    private static final int PONG = 0xA;

    private WebSocketFraming() {}

    /** Bytes of a frame with so many bytes of payload. */
    static int frameSize(int payload) {
        return headerSize(payload) + payload;
    }

    static void text(ByteBuf out, byte[] packet) {
        header(out, TEXT, packet.length);
        out.writeBytes(packet);
    }

    /** A text message alone in a buffer, which is the caller's to release. */
    static ByteBuf textFrame(byte[] packet, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.directBuffer(frameSize(packet.length));
        text(frame, packet);
        return frame;
    }

    /** A text message that was compressed, which the first reserved bit says (RFC 7692 section 6). */
    static void deflatedText(ByteBuf out, ByteBuf compressed) {
        header(out, DEFLATED | TEXT, compressed.readableBytes());
        out.writeBytes(compressed);
    }

    /** A binary message of Engine.IO: protocol 4 sends the data as it is. */
    static void binary(ByteBuf out, byte[] data) {
        header(out, BINARY, data.length);
        out.writeBytes(data);
    }

    /** A binary message of Engine.IO protocol 3: the packet's type, 4 for "message", as the first byte. */
    static void binaryWithType(ByteBuf out, byte[] data) {
        header(out, BINARY, data.length + 1);
        out.writeByte(4);
        out.writeBytes(data);
    }

    /** The answer to a ping carries the ping's data (section 5.5.3). */
    static void pong(ByteBuf out, ByteBuf data) {
        header(out, PONG, data.readableBytes());
        out.writeBytes(data);
    }

    static void close(ByteBuf out, int code, String reason) {
        byte[] utf8 = reason.getBytes(UTF_8);
        header(out, CLOSE, 2 + utf8.length);
        out.writeShort(code);
        out.writeBytes(utf8);
    }

    private static void header(ByteBuf out, int opcode, int payload) {
        out.writeByte(FINAL | opcode);
        if (payload < 126) {
            out.writeByte(payload);
        } else if (payload < 0x10000) {
            out.writeByte(126).writeShort(payload);
        } else {
            out.writeByte(127).writeLong(payload);
        }
    }

    private static int headerSize(int payload) {
        if (payload < 126) {
            return 2;
        }
        return payload < 0x10000 ? 4 : 10;
    }
}
