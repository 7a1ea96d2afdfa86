package dev.pushbridge.settings;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The Socket.IO door ({@code push.socket.*}).
 *
 * @param host The address to listen on.
 * @param port The port to listen on, 1 to 65535, or 0 for any free one.
 * @param path The path of Socket.IO, the client's option of that name.
 * @param eventLoops Threads that serve the sockets, 0 to 256; 0 is one per core.
 * @param pingInterval How often a client is asked for a sign of life, 100ms to 5m.
 * @param pingTimeout How long the sign of life may take, 100ms to 5m.
 * @param maxPayload The largest message that a client may send, 1KB to 16MB.
 * @param newUser Whether every connect is announced to everybody else as new_user: a square of messages.
 */
public record SocketSettings(
        @DefaultValue("0.0.0.0") String host,
        @DefaultValue("4001") int port,
        @DefaultValue("/socket.io") String path,
        @DefaultValue("0") int eventLoops,
        @DefaultValue("25s") Duration pingInterval,
        @DefaultValue("20s") Duration pingTimeout,
        @DefaultValue("128KB") DataSize maxPayload,
        @DefaultValue("false") boolean newUser) {

    public SocketSettings {
        Check.that(!host.isBlank(), "push.socket.host", host, "an address of this machine, such as 0.0.0.0");
        Check.range("push.socket.port", port, 0, 65535);
        Check.that(
                path.matches("(/[A-Za-z0-9._~-]+)+/?"),
                "push.socket.path",
                path,
                "a path such as /socket.io or /ws/socket.io");
        path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        Check.range("push.socket.event-loops", eventLoops, 0, 256);
        Check.range("push.socket.ping-interval", pingInterval, Duration.ofMillis(100), Duration.ofMinutes(5));
        Check.range("push.socket.ping-timeout", pingTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
        Check.range("push.socket.max-payload", maxPayload, DataSize.ofKilobytes(1), DataSize.ofMegabytes(16));
    }
}
