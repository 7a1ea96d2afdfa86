package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.PacketType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A Socket.IO packet as it came.
 *
 * @param type one of the "inner" types of netty-socketio's enum
 * @param namespace begins with a slash
 * @param id of the ack that is asked for or given; {@link #NO_ID} for none
 * @param data null for none
 * @param attachments binary messages that follow and belong to it
 */
record SocketPacket(
        PacketType type,
        String namespace,
        long id,
        @Nullable JsonNode data,
        int attachments) {
    static final long NO_ID = -1;
    static final String MAIN = "/";
}
