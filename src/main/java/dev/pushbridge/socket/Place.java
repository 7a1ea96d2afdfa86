package dev.pushbridge.socket;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What one connection of a trusted proxy takes of the limit per address: one for the client whose request it serves at the
 * moment, or whose WebSocket it carries. Nothing for other connections, which count as a whole. On the connection's loop.
 */
final class Place {
    private final Admissions admissions;
    private final Channel channel;
    private @Nullable InetAddress client;

    Place(Admissions admissions, Channel channel) {
        this.admissions = admissions;
        this.channel = channel;
    }

    /** Takes the place for a request; false if its client has too many already. */
    boolean take(HttpHeaders request) {
        InetAddress peer = Admissions.addressOf(channel);
        if (peer == null || !admissions.isLimitedByAddress() || !admissions.isOfProxy(channel)) {
            return true;
        }
        client = admissions.enter(peer, request);
        return client != null;
    }

    /** The request is answered. */
    void leave() {
        InetAddress leaving = client;
        client = null;
        if (leaving != null) {
            admissions.leave(leaving);
        }
    }

    /** The connection is the client's to its end. */
    void keep() {
        channel.closeFuture().addListener(closed -> leave());
    }
}
