package dev.pushbridge.socket;

/** A server that hostile tests are tried on: ours, or netty-socketio as it comes. */
interface Target {
    int port();

    /** Emits {@code receive_message} with the text to everybody who has logged in with the token; says to how many. */
    int push(String token, String text);
}
