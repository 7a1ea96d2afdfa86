package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a session begins with.
 *
 * @param client who asked for it, as {@link Admissions#handshake} has counted it; null where nobody is limited by address
 */
record Handshake(
        Endpoint endpoint,
        EngineIOVersion version,
        @Nullable InetAddress client) {}
