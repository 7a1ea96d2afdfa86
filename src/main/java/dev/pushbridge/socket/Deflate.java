package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionUtil;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * permessage-deflate (RFC 7692), without context takeover in either direction: every message is compressed for itself.
 * So one of these, with its quarter of a megabyte of state, serves all WebSockets of a loop, a frame can be shared by
 * those that get the same event, and a socket has no memory of its own. Lives on its {@link Loop}.
 */
final class Deflate {
    /** Bytes from which a message is compressed; the same as the official client's and server's. */
    static final int WORTHWHILE = 1024;

    private static final String NAME = "permessage-deflate";
    private static final String AGREEMENT = NAME + "; server_no_context_takeover; client_no_context_takeover";
    /** What an offer may ask for. A smaller window for what we send cannot be had from the JDK's compressor. */
    private static final Set<String> PARAMETERS =
            Set.of("server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits");
    /** The end of every compressed message, which is left out on the wire (section 7.2.1). */
    private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final Inflater inflater = new Inflater(true);
    private final byte[] chunk = new byte[8192];

    /** Takes the client's first offer that can be taken, by saying so in the answer (section 7.1). */
    static void agree(HttpHeaders request, HttpHeaders answer) {
        boolean offered = request.getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS).stream()
                .flatMap(offers -> WebSocketExtensionUtil.extractExtensions(offers).stream())
                .anyMatch(Deflate::isAcceptable);
        if (offered) {
            answer.set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, AGREEMENT);
        }
    }

    static boolean isAgreed(HttpHeaders answer) {
        return answer.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    }

    private static boolean isAcceptable(WebSocketExtensionData offer) {
        return offer.name().equals(NAME)
                && PARAMETERS.containsAll(offer.parameters().keySet());
    }

    /** The packet compressed, in its frame; the caller's to release. */
    ByteBuf frame(byte[] packet, ByteBufAllocator allocator) {
        ByteBuf compressed = allocator.heapBuffer(packet.length / 2);
        try {
            deflater.reset();
            deflater.setInput(packet);
            int length;
            do {
                length = deflater.deflate(chunk, 0, chunk.length, Deflater.SYNC_FLUSH);
                compressed.writeBytes(chunk, 0, length);
            } while (length == chunk.length);
            compressed.writerIndex(compressed.writerIndex() - TAIL.length);
            ByteBuf frame = allocator.directBuffer(WebSocketFraming.frameSize(compressed.readableBytes()));
            WebSocketFraming.deflatedText(frame, compressed);
            return frame;
        } finally {
            compressed.release();
        }
    }

    /** What was compressed; the caller's to release. More than so many bytes of it are refused, and never made. */
    ByteBuf inflate(ByteBuf message, int maxBytes, ByteBufAllocator allocator) throws ProtocolException {
        ByteBuf plain = allocator.heapBuffer();
        try {
            inflater.reset();
            inflate(message.nioBuffer(), plain, maxBytes);
            inflate(ByteBuffer.wrap(TAIL), plain, maxBytes);
            return plain.retain();
        } catch (DataFormatException e) {
            throw new ProtocolException("message that is not compressed as it says");
        } finally {
            plain.release();
        }
    }

    private void inflate(ByteBuffer input, ByteBuf plain, int maxBytes) throws DataFormatException, ProtocolException {
        inflater.setInput(input);
        for (int length = inflater.inflate(chunk); length > 0; length = inflater.inflate(chunk)) {
            if (plain.readableBytes() + length > maxBytes) {
                throw new ProtocolException(SessionEnd.TOO_LARGE, "message too large");
            }
            plain.writeBytes(chunk, 0, length);
        }
    }
}
