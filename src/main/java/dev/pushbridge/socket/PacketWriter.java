package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.corundumstudio.socketio.protocol.PacketType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BinaryNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes Socket.IO packets, with Engine.IO's type for "message", 4, before them. Binary values leave a placeholder and
 * follow as messages of their own (v5-current.md, "Sending and receiving data").
 */
final class PacketWriter {
    private PacketWriter() {}

    /** Hands a packet and its attachments to the session, to be drained. */
    static void write(EngineSession session, PacketType type, String namespace, long id, @Nullable JsonNode data) {
        List<byte[]> attachments = new ArrayList<>();
        JsonNode plain = data == null ? null : withoutBinary(data, attachments);
        StringBuilder packet = new StringBuilder(64).append('4');
        if (attachments.isEmpty()) {
            packet.append(type.getValue());
        } else {
            PacketType binary = type == PacketType.ACK ? PacketType.BINARY_ACK : PacketType.BINARY_EVENT;
            packet.append(binary.getValue()).append(attachments.size()).append('-');
        }
        if (!namespace.equals(SocketPacket.MAIN)) {
            packet.append(namespace).append(',');
        }
        if (id != SocketPacket.NO_ID) {
            packet.append(id);
        }
        if (plain != null) {
            packet.append(PacketReader.JSON.writeValueAsString(plain));
        }
        session.sendText(packet.toString().getBytes(UTF_8));
        attachments.forEach(session::sendBinary);
    }

    private static JsonNode withoutBinary(JsonNode node, List<byte[]> attachments) {
        if (node instanceof BinaryNode binary) {
            ObjectNode placeholder = JsonNodeFactory.instance.objectNode();
            placeholder.put("_placeholder", true).put("num", attachments.size());
            attachments.add(binary.binaryValue());
            return placeholder;
        }
        if (node.isArray()) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            node.forEach(child -> copy.add(withoutBinary(child, attachments)));
            return copy;
        }
        if (node.isObject()) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            node.forEachEntry((name, child) -> copy.set(name, withoutBinary(child, attachments)));
            return copy;
        }
        return node;
    }
}
