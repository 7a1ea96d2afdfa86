package dev.pushbridge.socket;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/** How the client of a WebSocket hears that the server ends it. */
enum Goodbye {
    /** A close frame, with the reason (RFC 6455 section 5.5.1). */
    FRAME,

    /**
     * The end of the connection. OkHttp stops reading at a close frame and leaves the rest to its user, and Socket.IO's
     * client for Java and Android does nothing about it: it would come back when its ping times out, 45 s later.
     */
    END;

    static Goodbye to(HttpHeaders request) {
        return request.get(HttpHeaderNames.USER_AGENT, "").startsWith("okhttp/") ? END : FRAME;
    }
}
