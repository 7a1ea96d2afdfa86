package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import io.netty.buffer.ByteBuf;

/** How several packets are put into the body of one request or answer. */
interface PollingCodec {
    static PollingCodec of(EngineIOVersion version, boolean supportsBinary) {
        if (version == EngineIOVersion.V4) {
            return PayloadV4.INSTANCE;
        }
        return supportsBinary ? PayloadV3.BINARY : PayloadV3.BASE64;
    }

    /** Writes the first packets of the backlog, which keeps them. Returns the content type. */
    String encode(Backlog backlog, int count, ByteBuf out);

    /** Reads a body and hands its packets to the session. */
    void decode(ByteBuf body, String contentType, EngineSession session) throws ProtocolException;
}
