package dev.pushbridge.socket;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whose request a connection serves at the moment. Of a trusted proxy's connection that is somebody else from one request to
 * the next, so it counts for that client only while it serves it, or for good when it has become its WebSocket. Other
 * connections count as a whole, from their begin. On the connection's loop.
 */
final class Place {
    private final Admissions admissions;
    private final Channel channel;
    private @Nullable InetAddress client;
    private boolean counted;

    Place(Admissions admissions, Channel channel) {
        this.admissions = admissions;
        this.channel = channel;
    }

    /** Takes the place for a request; false if its client has too many already. */
    boolean take(HttpHeaders request) {
        client = admissions.clientOf(channel, request);
        if (client == null || !admissions.isOfProxy(channel)) {
            return true;
        }
        counted = admissions.enter(client);
        return counted;
    }

    /** Whose request it is; null where nobody is limited by address. */
    @Nullable InetAddress client() {
        return client;
    }

    /** The request is answered. */
    void leave() {
        InetAddress leaving = client;
        client = null;
        if (counted && leaving != null) {
            counted = false;
            admissions.leave(leaving);
        }
    }

    /** The connection is the client's to its end. Where nobody counts, nothing of this stays with it. */
    void keep() {
        if (counted) {
            channel.closeFuture().addListener(closed -> leave());
        }
    }
}
