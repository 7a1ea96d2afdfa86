package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.settings.SocketLimits;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Who may come in: counts connections and handshakes against {@code push.socket.limits}. Thread-safe. */
final class Admissions {
    /** Whom a trusted proxy has said, by the PROXY protocol, that its connection is for. */
    private static final AttributeKey<InetAddress> CLIENT = AttributeKey.valueOf(Admissions.class, "client");

    private final SocketLimits limits;
    private final Proxies proxies;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    /** The current second in the upper half, its handshakes in the lower. */
    private final AtomicLong handshakes = new AtomicLong();

    private volatile boolean stopping;

    Admissions(SocketLimits limits, Proxies proxies) {
        this.limits = limits;
        this.proxies = proxies;
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

    /** Takes one connection of what the request's client may have. Returns whose it is, or null if it is too many. */
    @Nullable InetAddress enter(InetAddress proxy, HttpHeaders request) {
        InetAddress client = proxies.clientOf(proxy, request);
        return enter(client) ? client : null;
    }

    private boolean enter(InetAddress client) {
        if (isOver(byAddress.merge(client, 1, Integer::sum), limits.connectionsPerAddress())) {
            leave(client);
            return false;
        }
        return true;
    }

    void leave(InetAddress client) {
        byAddress.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
    }

    boolean isLimitedByAddress() {
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

    /** Counts a handshake. Returns why it may not be, or null. */
    @Nullable RequestRefusal handshake() {
        if (stopping) {
            return RequestRefusal.STOPPING;
        }
        if (limits.handshakesPerSecond() == 0) {
            return null;
        }
        long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()) & 0x7fffffff;
        long counted = handshakes.updateAndGet(h -> h >>> 32 == second ? h + 1 : second << 32 | 1);
        return isOver((int) counted, limits.handshakesPerSecond()) ? RequestRefusal.HANDSHAKES : null;
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
