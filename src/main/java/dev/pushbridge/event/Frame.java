package dev.pushbridge.event;

/**
 * One event as a browser gets it: the text of its Socket.IO packet, {@code 42["receive_message",{…}]}, in UTF-8,
 * encoded once and shared by all sessions. The leading {@code 4} is Engine.IO's "message", the {@code 2} is
 * Socket.IO's "event" in the namespace {@code /} (Engine.IO protocol v3 and v4, Socket.IO protocol v3 to v5).
 * Nobody may change the bytes.
 */
public final class Frame {
    private final byte[] packet;

    public Frame(byte[] packet) {
        this.packet = packet;
    }

    /** The packet's text; not a copy. */
    public byte[] packet() {
        return packet;
    }

    /** Bytes of the packet's text. */
    public int size() {
        return packet.length;
    }
}
