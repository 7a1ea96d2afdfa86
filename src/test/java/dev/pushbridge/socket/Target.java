package dev.pushbridge.socket;

import java.time.Duration;

/** A server that hostile cases are tried on: ours, or netty-socketio as it comes. */
interface Target {
    int port();

    /** Emits {@code receive_message} with the text to everybody who has logged in with the token; says to how many. */
    int push(String token, String text);

    /** What it keeps of its clients: sessions, and acks that are due. */
    int kept();

    /** How long to wait for what should happen before it is said not to. */
    Duration patience();

    /** A new connection with this patience. */
    default Raw connect() {
        return Raw.to(port()).patience(patience());
    }

    /** A new WebSocket with this patience, the handshake's packet read. */
    default Raw webSocket() {
        Raw raw = Raw.webSocket(port(), Raw.WEBSOCKET).patience(patience());
        String ignored = raw.next();
        return raw;
    }

    /** A new WebSocket in the namespace {@code /} with this patience. */
    default Raw connected() {
        return Raw.connected(port()).patience(patience());
    }

    /** A new WebSocket that has logged in. */
    default Raw loggedIn(String token) {
        Raw raw = connected();
        raw.text("420[\"user_login\",{\"tokenId\":\"" + token + "\",\"userId\":\"1\"}]");
        if (!raw.next().startsWith("430[{\"ok\":true")) {
            throw new AssertionError("not logged in");
        }
        return raw;
    }
}
