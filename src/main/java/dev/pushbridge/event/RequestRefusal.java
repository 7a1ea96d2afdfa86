package dev.pushbridge.event;

/**
 * Why an HTTP request, or a connection, was not let in.
 *
 * <p>The numbers from 0 to 5 are Engine.IO's own ({@code packages/engine.io/lib/server.ts}, {@code Server.errors}); what
 * it does not know is a "Bad request", 3.
 */
public enum RequestRefusal {
    /** Not the path of Socket.IO. */
    PATH("path", 404, 3, "Not found"),
    /** {@code transport} is neither polling nor websocket, or not the session's. */
    TRANSPORT("transport", 400, 0, "Transport unknown"),
    /** No session has this {@code sid}. */
    SID("sid", 400, 1, "Session ID unknown"),
    /** A handshake that is not GET, or a method that polling does not have. */
    METHOD("method", 400, 2, "Bad handshake method"),
    /** Not HTTP, or not a request that means anything here. */
    BAD_REQUEST("bad_request", 400, 3, "Bad request"),
    /** The body is not a payload of Engine.IO packets; its session was closed. */
    PAYLOAD("payload", 400, 3, "Bad request"),
    /** A poll came while another was waiting; its session was closed. */
    OVERLAP("overlap", 400, 3, "Bad request"),
    /** The page's origin is not in {@code push.socket.origins}. */
    ORIGIN("origin", 403, 4, "Forbidden"),
    /** {@code EIO} is neither 3 nor 4. */
    VERSION("version", 400, 5, "Unsupported protocol version"),
    /** JSONP, which lets other pages read, is not served. */
    JSONP("jsonp", 400, 3, "JSONP is not served"),
    /** Not version 13 of WebSocket, the only one (RFC 6455 section 4.4). */
    WEBSOCKET_VERSION("websocket_version", 426, 3, "WebSocket version 13 expected"),
    /** The body is larger than {@code push.socket.max-payload}. */
    BODY_SIZE("body_size", 413, 3, "Payload too large"),
    /** The request line or the headers are larger than {@code push.socket.limits.header-size}. */
    HEADER_SIZE("header_size", 431, 3, "Header too large"),
    /** Not the TLS that the port speaks, or none. Nothing is answered. */
    TLS("tls", 400, 3, "Bad request"),
    /** No complete request within {@code push.socket.limits.request-timeout}. */
    TIMEOUT("timeout", 408, 3, "Request timeout"),
    /**
     * The WebSocket that a polling session was to go over to broke a rule, or took longer than
     * {@code push.socket.limits.upgrade-timeout}; the session stays on polling.
     */
    UPGRADE("upgrade", 400, 3, "Bad request"),
    /** More than {@code push.socket.limits.connections}; a connection is closed without an answer. */
    CONNECTIONS("connections", 503, 3, "Too many connections"),
    /** More than {@code push.socket.limits.connections-per-address}. */
    ADDRESS("address", 503, 3, "Too many connections"),
    /** More than {@code push.socket.limits.handshakes-per-second}. */
    HANDSHAKES("handshakes", 503, 3, "Too many handshakes"),
    /** The bridge stops. */
    STOPPING("stopping", 503, 3, "Stopping");

    private final String word;
    private final int status;
    private final int code;
    private final String message;

    RequestRefusal(String word, int status, int code, String message) {
        this.word = word;
        this.status = status;
        this.code = code;
        this.message = message;
    }

    /** The one name of this refusal in metrics, logs and the README. */
    public String word() {
        return word;
    }

    /** The HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** The {@code code} of the answer. */
    public int code() {
        return code;
    }

    /** The {@code message} of the answer. */
    public String message() {
        return message;
    }
}
