package dev.pushbridge.settings;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients may ask for ({@code push.socket.limits.*}). What goes over a limit is refused or closed, and counted by
 * the limit's name.
 *
 * @param connections TCP connections of this node, and sessions as well, 1 to 10000000, or 0 for no limit. A client that
 *     polls is one session, and has a connection only now and then.
 * @param connectionsPerAddress The same from one address, 1 to 10000000, or 0 for no limit; an IPv6 address counts as its
 *     /64. Of a trusted proxy's connections, those that serve the client's address at the moment. A trusted proxy that names
 *     no client, and one that is not trusted, is one address with all its clients.
 * @param handshakesPerSecond New sessions of this node in a second, 1 to 1000000, or 0 for no limit.
 * @param socketsPerToken Sockets of this node that are logged in with one token, 1 to 10000000, or 0 for no limit. One more
 *     is refused as too_many_sockets.
 * @param packetsPerSecond Packets that one client may send in a second, 1 to 1000000, or 0 for no limit.
 * @param namespaces Namespaces that one session may join, 1 to 1000.
 * @param attachments Binary attachments of one packet, 0 to 1000.
 * @param headerSize The longest request line, and the most bytes of headers, of an HTTP request, 1KB to 256KB.
 * @param requestTimeout How long a request may take to come, 100ms to 5m: the first from the begin of its connection on, the
 *     next from its first byte on.
 * @param keepAliveTimeout How long a connection may be without a request after that, 100ms to 1h.
 * @param connectTimeout How long a session may be in no namespace, 100ms to 5m.
 * @param loginTimeout How long a session may live without a login, 100ms to 1h, or 0 for no limit: pages may connect
 *     long before somebody logs in. With push.auth.mode jwt there is a limit always, and 0 stands for 30s.
 * @param upgradeTimeout How long the change from polling to WebSocket may take, 100ms to 5m.
 */
public record SocketLimits(
        @DefaultValue("100000") int connections,
        @DefaultValue("0") int connectionsPerAddress,
        @DefaultValue("5000") int handshakesPerSecond,
        @DefaultValue("1000") int socketsPerToken,
        @DefaultValue("100") int packetsPerSecond,
        @DefaultValue("10") int namespaces,
        @DefaultValue("10") int attachments,
        @DefaultValue("16KB") DataSize headerSize,
        @DefaultValue("10s") Duration requestTimeout,
        @DefaultValue("65s") Duration keepAliveTimeout,
        @DefaultValue("45s") Duration connectTimeout,
        @DefaultValue("0s") Duration loginTimeout,
        @DefaultValue("10s") Duration upgradeTimeout) {
    private static final Duration LEAST = Duration.ofMillis(100);

    public SocketLimits {
        Check.range("push.socket.limits.connections", connections, 0, 10_000_000);
        Check.range("push.socket.limits.connections-per-address", connectionsPerAddress, 0, 10_000_000);
        Check.range("push.socket.limits.handshakes-per-second", handshakesPerSecond, 0, 1_000_000);
        Check.range("push.socket.limits.sockets-per-token", socketsPerToken, 0, 10_000_000);
        Check.range("push.socket.limits.packets-per-second", packetsPerSecond, 0, 1_000_000);
        Check.range("push.socket.limits.namespaces", namespaces, 1, 1000);
        Check.range("push.socket.limits.attachments", attachments, 0, 1000);
        Check.range("push.socket.limits.header-size", headerSize, DataSize.ofKilobytes(1), DataSize.ofKilobytes(256));
        Check.range("push.socket.limits.request-timeout", requestTimeout, LEAST, Duration.ofMinutes(5));
        Check.range("push.socket.limits.keep-alive-timeout", keepAliveTimeout, LEAST, Duration.ofHours(1));
        Check.range("push.socket.limits.connect-timeout", connectTimeout, LEAST, Duration.ofMinutes(5));
        if (!loginTimeout.isZero()) {
            Check.range("push.socket.limits.login-timeout", loginTimeout, LEAST, Duration.ofHours(1));
        }
        Check.range("push.socket.limits.upgrade-timeout", upgradeTimeout, LEAST, Duration.ofMinutes(5));
    }
}
