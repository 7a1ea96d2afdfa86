package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.PacketType;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads Socket.IO packets: {@code <type>[<attachments>-][<namespace>,][<id>][<JSON>]} (v5-current.md, "Packet encoding";
 * the same in v4.md, which clients 2.x speak). What the official parser refuses ({@code packages/socket.io-parser}) is
 * refused, and JSON is read to its end.
 */
final class PacketReader {
    static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(100)
                            .maxNumberLength(400)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int MAX_NAMESPACE = 512;
    /** 2^53 has 16 digits; the client counts acks in a JavaScript number. */
    private static final int MAX_ID_DIGITS = 15;
    /** Names that mean something else in the client or the server ({@code RESERVED_EVENTS}). */
    private static final Set<String> RESERVED =
            Set.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener");

    private final int maxAttachments;

    PacketReader(int maxAttachments) {
        this.maxAttachments = maxAttachments;
    }

    SocketPacket read(String packet) throws ProtocolException {
        PacketType type = type(packet);
        int at = 1;
        int attachments = 0;
        if (type == PacketType.BINARY_EVENT || type == PacketType.BINARY_ACK) {
            int dash = packet.indexOf('-', at);
            attachments = (int) Text.number(packet, at, dash, 4);
            if (attachments < 0 || attachments > maxAttachments) {
                throw new ProtocolException("attachments");
            }
            at = dash + 1;
        }
        String namespace = SocketPacket.MAIN;
        if (at < packet.length() && packet.charAt(at) == '/') {
            int comma = packet.indexOf(',', at);
            int end = comma < 0 ? packet.length() : comma;
            if (end - at > MAX_NAMESPACE) {
                throw new ProtocolException("namespace too long");
            }
            namespace = packet.substring(at, end);
            at = Math.min(end + 1, packet.length());
        }
        int digits = at;
        while (digits < packet.length() && packet.charAt(digits) >= '0' && packet.charAt(digits) <= '9') {
            digits++;
        }
        long id = SocketPacket.NO_ID;
        if (digits > at) {
            id = Text.number(packet, at, digits, MAX_ID_DIGITS);
            if (id < 0) {
                throw new ProtocolException("ack id too long");
            }
        }
        JsonNode data = digits < packet.length() ? json(packet.substring(digits)) : null;
        check(type, id, data);
        return new SocketPacket(type, namespace, id, data, attachments);
    }

    private static PacketType type(String packet) throws ProtocolException {
        char digit = packet.isEmpty() ? ' ' : packet.charAt(0);
        if (digit < '0' || digit > '6') {
            throw new ProtocolException("unknown packet type");
        }
        return PacketType.valueOfInner(digit - '0');
    }

    private static JsonNode json(String text) throws ProtocolException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new ProtocolException("data is not JSON");
        }
    }

    private static void check(PacketType type, long id, @Nullable JsonNode data) throws ProtocolException {
        boolean right = switch (type) {
            case CONNECT -> data == null || data.isObject();
            case DISCONNECT -> data == null;
            case EVENT, BINARY_EVENT -> data != null && data.isArray() && isEventName(data.path(0));
            case ACK, BINARY_ACK -> data != null && data.isArray() && id != SocketPacket.NO_ID;
            // ERROR is the server's to send
            default -> false;
        };
        if (!right) {
            throw new ProtocolException("data does not fit the packet type");
        }
    }

    private static boolean isEventName(JsonNode name) {
        return name.isNumber() || (name.isString() && !RESERVED.contains(name.asString()));
    }
}
