package dev.pushbridge.socket;

import dev.pushbridge.socket.Packet.Kind;
import io.netty.buffer.ByteBuf;
import java.util.Base64;

/**
 * Protocol 4: packets with the separator 0x1e between them, binary as {@code b} and base64 (v4-current.md, "Packet
 * encoding", "HTTP long-polling").
 */
enum PayloadV4 implements PollingCodec {
    INSTANCE;

    private static final char SEPARATOR = '\u001e';

    @Override
    public String encode(Backlog backlog, int count, ByteBuf out) {
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                out.writeByte(SEPARATOR);
            }
            if (backlog.packet(i).kind() == Kind.BINARY) {
                out.writeByte('b')
                        .writeBytes(Base64.getEncoder().encode(backlog.packet(i).bytes()));
            } else {
                out.writeBytes(backlog.packet(i).bytes());
            }
        }
        return HttpExchange.TEXT;
    }

    @Override
    public void decode(ByteBuf body, String contentType, EngineSession session) throws ProtocolException {
        if (contentType.startsWith(HttpExchange.BINARY)) {
            throw new ProtocolException("binary body in protocol 4");
        }
        String packets = Text.decode(body);
        int from = 0;
        while (from <= packets.length() && session.isOpen()) {
            int separator = packets.indexOf(SEPARATOR, from);
            int to = separator < 0 ? packets.length() : separator;
            packet(packets.substring(from, to), session);
            from = to + 1;
        }
    }

    private static void packet(String packet, EngineSession session) throws ProtocolException {
        if (packet.startsWith("b")) {
            session.receivedBinary(Text.base64(packet.substring(1)));
        } else {
            session.received(packet);
        }
    }
}
