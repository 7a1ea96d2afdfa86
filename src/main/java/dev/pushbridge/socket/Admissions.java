package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.settings.SocketLimits;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Who may come in: counts connections, sessions and handshakes against {@code push.socket.limits}. Thread-safe. */
final class Admissions {
    /** Whom a trusted proxy has said, by the PROXY protocol, that its connection is for. */
    private static final AttributeKey<InetAddress> CLIENT = AttributeKey.valueOf(Admissions.class, "client");

    private final SocketLimits limits;
    private final Proxies proxies;
    private final Loops loops;
    private final AtomicInteger connections = new AtomicInteger();
    private final AddressTally connectionsByAddress;
    private final AddressTally sessionsByAddress;
    /** The current second in the upper half, its handshakes in the lower. */
    private final AtomicLong handshakes = new AtomicLong();

    private volatile boolean stopping;

    Admissions(SocketLimits limits, Proxies proxies, Loops loops) {
        this.limits = limits;
        this.proxies = proxies;
        this.loops = loops;
        connectionsByAddress = new AddressTally(limits.connectionsPerAddress());
        sessionsByAddress = new AddressTally(limits.connectionsPerAddress());
    }

    /** Counts a new connection until it closes. Returns why it may not stay, or null. */
    @Nullable RequestRefusal connected(Channel channel) {
        int count = connections.incrementAndGet();
        channel.closeFuture().addListener(closed -> connections.decrementAndGet());
        if (isOver(count, limits.connections())) {
            return RequestRefusal.CONNECTIONS;
        }
        return countUntilClosed(channel, addressOf(channel));
    }

    /** Notes whose connection a trusted proxy's is. Returns why it may not stay, or null. */
    @Nullable RequestRefusal speaksFor(Channel channel, InetAddress client) {
        channel.attr(CLIENT).set(client);
        return countUntilClosed(channel, client);
    }

    /** Whether others are behind the connection, who are named by its requests. */
    boolean isOfProxy(Channel channel) {
        return proxies.trust(addressOf(channel));
    }

    /** What the connection takes of the limit per address while it serves somebody behind a proxy. */
    Place placeOf(Channel channel) {
        return new Place(this, channel);
    }

    /** Whose request it is, behind a trusted proxy whom that names; null where it does not matter. */
    @Nullable InetAddress clientOf(Channel channel, HttpHeaders request) {
        InetAddress peer = addressOf(channel);
        return peer == null || !isLimitedByAddress() ? null : proxies.clientOf(peer, request);
    }

    /** Takes one of the connections that the client may have; false if that is one too many. */
    boolean enter(InetAddress client) {
        return connectionsByAddress.enter(client);
    }

    void leave(InetAddress client) {
        connectionsByAddress.leave(client);
    }

    private boolean isLimitedByAddress() {
        return limits.connectionsPerAddress() > 0;
    }

    private @Nullable RequestRefusal countUntilClosed(Channel channel, @Nullable InetAddress client) {
        if (!isLimitedByAddress() || client == null || proxies.trust(client)) {
            return null;
        }
        if (!enter(client)) {
            return RequestRefusal.ADDRESS;
        }
        channel.closeFuture().addListener(closed -> leave(client));
        return null;
    }

    /**
     * Counts a handshake, and the session that is to come of it. Returns why it may not be, or null. The node's sessions may
     * be over their limit by one for each loop, if all take one at once.
     */
    @Nullable RequestRefusal handshake(@Nullable InetAddress client) {
        if (stopping) {
            return RequestRefusal.STOPPING;
        }
        if (isOver(loops.sessions() + 1, limits.connections())) {
            return RequestRefusal.CONNECTIONS;
        }
        if (limits.handshakesPerSecond() > 0 && isOver(handshakesInSecond(), limits.handshakesPerSecond())) {
            return RequestRefusal.HANDSHAKES;
        }
        return client == null || sessionsByAddress.enter(client) ? null : RequestRefusal.ADDRESS;
    }

    private int handshakesInSecond() {
        long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()) & 0x7fffffff;
        return (int) handshakes.updateAndGet(h -> h >>> 32 == second ? h + 1 : second << 32 | 1);
    }

    /** The session that came of a handshake has ended. */
    void sessionEnded(@Nullable InetAddress client) {
        if (client != null) {
            sessionsByAddress.leave(client);
        }
    }

    /** Refuses every handshake from now on. */
    void stop() {
        stopping = true;
    }

    int connections() {
        return connections.get();
    }

    private static boolean isOver(int count, int limit) {
        return limit > 0 && count > limit;
    }

    static @Nullable InetAddress addressOf(Channel channel) {
        InetAddress client = channel.attr(CLIENT).get();
        if (client != null) {
            return client;
        }
        return channel.remoteAddress() instanceof InetSocketAddress peer ? peer.getAddress() : null;
    }
}
