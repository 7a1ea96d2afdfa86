package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;

import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.socket.NamespaceSocket.Received;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A packet that waits for its binary messages, in their order (v5-current.md, "Sending and receiving data"). */
final class Attachments {
    private final SocketPacket packet;
    private final int length;
    private final int maxBytes;
    private final List<byte[]> received = new ArrayList<>();
    private int bytes;

    /** For a packet that came in so many characters. */
    Attachments(SocketPacket packet, int length, int maxBytes) {
        this.packet = packet;
        this.length = length;
        this.maxBytes = maxBytes;
    }

    void add(byte[] message) throws ProtocolException {
        bytes += message.length;
        if (bytes > maxBytes) {
            throw new ProtocolException(SessionEnd.TOO_LARGE, "attachments too large");
        }
        received.add(message);
    }

    boolean isComplete() {
        return received.size() == packet.attachments();
    }

    /** The packet with every placeholder in its data replaced by what it stands for. */
    Received received() throws ProtocolException {
        return new Received(packet, filled(requireNonNull(packet.data())), length + bytes);
    }

    private JsonNode filled(JsonNode node) throws ProtocolException {
        if (node.isObject()) {
            return node.path("_placeholder").asBoolean(false) ? attachment(node.path("num")) : object(node);
        }
        if (node.isArray()) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            for (JsonNode child : node) {
                copy.add(filled(child));
            }
            return copy;
        }
        return node;
    }

    private ObjectNode object(JsonNode node) throws ProtocolException {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        for (var entry : node.properties()) {
            copy.set(entry.getKey(), filled(entry.getValue()));
        }
        return copy;
    }

    private JsonNode attachment(JsonNode number) throws ProtocolException {
        if (!number.isInt() || number.intValue() < 0 || number.intValue() >= received.size()) {
            throw new ProtocolException("placeholder without attachment");
        }
        return JsonNodeFactory.instance.binaryNode(received.get(number.intValue()));
    }
}
