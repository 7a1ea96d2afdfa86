package dev.pushbridge.settings;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The Socket.IO door ({@code push.socket.*}).
 *
 * @param host The address to listen on.
 * @param port The port to listen on, 1 to 65535, or 0 for any free one.
 * @param path The path of Socket.IO, the client's option of that name.
 * @param eventLoops Threads that serve the sockets, 0 to 256; 0 is one per core.
 * @param origins The origins of the pages that may connect: https://example.com, https://*.example.com for its
 *     sub-domains, or * for all. Default: pages of the host that the client asks for, on any port. Requests and WebSockets
 *     from other pages are refused; a client that names no origin is no browser, and may connect.
 * @param sslBundle The bundle of spring.ssl.bundle whose certificate the port serves TLS with. Default: none, and no TLS.
 * @param trustedProxies The addresses and networks (10.0.0.0/8, ::1) of the proxies whose word about a client's address
 *     is believed: X-Forwarded-For, or the PROXY protocol. Default: none.
 * @param pingInterval How often a client is asked for a sign of life, 100ms to 5m.
 * @param pingTimeout How long the sign of life may take, 100ms to 5m.
 * @param maxPayload The largest message that a client may send, 1KB to 16MB.
 * @param compression Whether WebSockets may agree on permessage-deflate for messages of 1 KB and more: less traffic,
 *     more CPU.
 * @param newUser Whether every connect is announced to everybody else as new_user: a square of messages.
 * @param backlogPackets How many packets may wait for one slow client before it is closed, 16 to 1000000.
 * @param backlogSize How many bytes may wait for one slow client before it is closed, 64KB to 1GB.
 * @param totalBacklogSize How many bytes may wait for all clients; over it whoever would have to wait is closed, 1MB to
 *     64GB, at most the heap, or 0 for a quarter of the heap, at most 256MB.
 * @param shutdownGrace How long the closing of all sessions is stretched at the stop of the bridge, 0 to 5m.
 * @param limits What one client, one address and all together may ask for.
 */
public record SocketSettings(
        @DefaultValue("0.0.0.0") String host,
        @DefaultValue("4001") int port,
        @DefaultValue("/socket.io") String path,
        @DefaultValue("0") int eventLoops,
        @DefaultValue List<String> origins,
        @Nullable String sslBundle,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("25s") Duration pingInterval,
        @DefaultValue("20s") Duration pingTimeout,
        @DefaultValue("128KB") DataSize maxPayload,
        @DefaultValue("false") boolean compression,
        @DefaultValue("false") boolean newUser,
        @DefaultValue("8192") int backlogPackets,
        @DefaultValue("4MB") DataSize backlogSize,
        @DefaultValue("0") DataSize totalBacklogSize,
        @DefaultValue("5s") Duration shutdownGrace,
        @NestedConfigurationProperty @DefaultValue SocketLimits limits) {

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
        origins = List.copyOf(origins);
        Check.that(
                origins.equals(List.of("*")) || origins.stream().allMatch(SocketSettings::isOrigin),
                "push.socket.origins",
                origins,
                "* or origins as browsers write them, such as https://example.com or https://*.example.com");
        trustedProxies = List.copyOf(trustedProxies);
        trustedProxies.forEach(proxy -> Check.network("push.socket.trusted-proxies", proxy));
        Check.range("push.socket.ping-interval", pingInterval, Duration.ofMillis(100), Duration.ofMinutes(5));
        Check.range("push.socket.ping-timeout", pingTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
        Check.range("push.socket.max-payload", maxPayload, DataSize.ofKilobytes(1), DataSize.ofMegabytes(16));
        Check.range("push.socket.backlog-packets", backlogPackets, 16, 1_000_000);
        Check.range("push.socket.backlog-size", backlogSize, DataSize.ofKilobytes(64), DataSize.ofGigabytes(1));
        totalBacklogSize = totalBacklogSize.toBytes() == 0 ? partOfHeap() : totalBacklogSize;
        Check.range(
                "push.socket.total-backlog-size", totalBacklogSize, DataSize.ofMegabytes(1), DataSize.ofGigabytes(64));
        Check.that(
                totalBacklogSize.compareTo(heap()) <= 0,
                "push.socket.total-backlog-size",
                totalBacklogSize,
                "at most the heap, which is " + heap() + "; Netty may take as much again");
        Check.range("push.socket.shutdown-grace", shutdownGrace, Duration.ZERO, Duration.ofMinutes(5));
    }

    private static DataSize partOfHeap() {
        return DataSize.ofBytes(Math.max(1 << 20, Math.min(256 << 20, heap().toBytes() / 4)));
    }

    private static DataSize heap() {
        return DataSize.ofBytes(Runtime.getRuntime().maxMemory());
    }

    /** Lower-case, without a path, and without the port that its scheme has anyway. */
    private static boolean isOrigin(String text) {
        return text.matches("[a-z][a-z0-9+.-]*://(\\*\\.)?(\\[[0-9a-f:.]+]|[a-z0-9._-]+)(:\\d{1,5})?")
                && !text.matches("https://.*:443|http://.*:80");
    }
}
