package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.socket.Packet.Kind;
import io.netty.buffer.ByteBuf;
import java.util.Base64;

/**
 * Protocol 3 (v3.md, "Payload"): as text, {@code <characters>:<packet>}, binary as {@code b}, type and base64; or, for
 * clients that can read it and only if there is a binary packet, as bytes: 0 for text or 1 for binary, the length's
 * decimal digits one byte each, 255, and the packet. Characters are those of JavaScript and Java: UTF-16.
 */
enum PayloadV3 implements PollingCodec {
    /** The client takes bytes. */
    BINARY,
    /** The client said {@code b64=1}. */
    BASE64;

    private static final int MAX_DIGITS = 9;

    @Override
    public String encode(Backlog backlog, int count, ByteBuf out) {
        boolean asBytes = this == BINARY && hasBinary(backlog, count);
        for (int i = 0; i < count; i++) {
            byte[] packet = backlog.packet(i).bytes();
            boolean isBinary = backlog.packet(i).kind() == Kind.BINARY;
            if (asBytes) {
                writeBytes(isBinary, packet, out);
            } else if (isBinary) {
                byte[] base64 = Base64.getEncoder().encode(packet);
                out.writeCharSequence((base64.length + 2) + ":b4", US_ASCII);
                out.writeBytes(base64);
            } else {
                out.writeCharSequence(characters(packet) + ":", US_ASCII);
                out.writeBytes(packet);
            }
        }
        return asBytes ? HttpExchange.BINARY : HttpExchange.TEXT;
    }

    private static boolean hasBinary(Backlog backlog, int count) {
        for (int i = 0; i < count; i++) {
            if (backlog.packet(i).kind() == Kind.BINARY) {
                return true;
            }
        }
        return false;
    }

    private static void writeBytes(boolean isBinary, byte[] packet, ByteBuf out) {
        out.writeByte(isBinary ? 1 : 0);
        String length = Integer.toString(isBinary ? packet.length + 1 : packet.length);
        for (int i = 0; i < length.length(); i++) {
            out.writeByte(length.charAt(i) - '0');
        }
        out.writeByte(255);
        if (isBinary) {
            out.writeByte(4);
        }
        out.writeBytes(packet);
    }

    /** UTF-16 units of UTF-8 text: one for each sequence, two for those of four bytes. */
    private static int characters(byte[] utf8) {
        int characters = 0;
        for (byte b : utf8) {
            if ((b & 0xC0) != 0x80) {
                characters += (b & 0xF8) == 0xF0 ? 2 : 1;
            }
        }
        return characters;
    }

    @Override
    public void decode(ByteBuf body, String contentType, EngineSession session) throws ProtocolException {
        if (!body.isReadable()) {
            throw new ProtocolException("empty payload");
        }
        if (contentType.startsWith(HttpExchange.BINARY)) {
            decodeBytes(body, session);
        } else {
            decodeText(Text.decode(body), session);
        }
    }

    private static void decodeText(String payload, EngineSession session) throws ProtocolException {
        int from = 0;
        while (from < payload.length() && session.isOpen()) {
            int colon = payload.indexOf(':', from);
            long length = Text.number(payload, from, colon, MAX_DIGITS);
            if (length < 1 || colon + 1 + length > payload.length()) {
                throw new ProtocolException("payload without lengths");
            }
            from = colon + 1 + (int) length;
            textPacket(payload.substring(colon + 1, from), session);
        }
    }

    private static void textPacket(String packet, EngineSession session) throws ProtocolException {
        if (packet.startsWith("b4")) {
            session.receivedBinary(Text.base64(packet.substring(2)));
        } else {
            session.received(packet);
        }
    }

    private static void decodeBytes(ByteBuf body, EngineSession session) throws ProtocolException {
        while (body.isReadable() && session.isOpen()) {
            int kind = body.readByte();
            int length = length(body);
            if (kind < 0 || kind > 1 || length < 1 || length > body.readableBytes()) {
                throw new ProtocolException("payload without lengths");
            }
            ByteBuf packet = body.readSlice(length);
            if (kind == 0) {
                session.received(Text.decode(packet));
            } else if (packet.readByte() == 4) {
                byte[] message = new byte[packet.readableBytes()];
                packet.readBytes(message);
                session.receivedBinary(message);
            } else {
                throw new ProtocolException("binary packet that is not a message");
            }
        }
    }

    private static int length(ByteBuf body) {
        StringBuilder digits = new StringBuilder();
        while (body.isReadable() && digits.length() <= MAX_DIGITS) {
            int digit = body.readUnsignedByte();
            if (digit == 255) {
                return (int) Text.number(digits.toString(), 0, digits.length(), MAX_DIGITS);
            }
            digits.append((char) ('0' + digit));
        }
        return -1;
    }
}
