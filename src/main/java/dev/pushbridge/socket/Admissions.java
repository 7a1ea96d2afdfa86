package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.settings.SocketLimits;
import io.netty.channel.Channel;
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
    private final SocketLimits limits;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    /** The current second in the upper half, its handshakes in the lower. */
    private final AtomicLong handshakes = new AtomicLong();

    private volatile boolean stopping;

    Admissions(SocketLimits limits) {
        this.limits = limits;
    }

    /** Counts a new connection until it closes. Returns why it may not stay, or null. */
    @Nullable RequestRefusal connected(Channel channel) {
        InetAddress address = addressOf(channel);
        int count = connections.incrementAndGet();
        int ofAddress = address == null ? 0 : byAddress.merge(address, 1, Integer::sum);
        channel.closeFuture().addListener(closed -> {
            connections.decrementAndGet();
            if (address != null) {
                byAddress.computeIfPresent(address, (a, n) -> n == 1 ? null : n - 1);
            }
        });
        if (isOver(count, limits.connections())) {
            return RequestRefusal.CONNECTIONS;
        }
        return isOver(ofAddress, limits.connectionsPerAddress()) ? RequestRefusal.ADDRESS : null;
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

    private @Nullable InetAddress addressOf(Channel channel) {
        return limits.connectionsPerAddress() > 0 && channel.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : null;
    }
}
