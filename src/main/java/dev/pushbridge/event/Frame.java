package dev.pushbridge.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One event as a browser gets it: the text of its Socket.IO packet, {@code 42["receive_message",{…},"cursor"]}, in UTF-8,
 * encoded once and shared by all sessions. The leading {@code 4} is Engine.IO's "message", the {@code 2} is Socket.IO's
 * "event" in the namespace {@code /} (Engine.IO protocol v3 and v4, Socket.IO protocol v3 to v5). The cursor is the last
 * argument because that is what the stock client from 4.6 on remembers ({@code socket.io-client/lib/socket.ts},
 * {@code _lastOffset}). Nobody may change the bytes.
 */
public final class Frame {
    private final byte[] packet;
    /** Bytes of the packet before the cursor's comma, or before its end. */
    private final int payload;

    private final long sequence;
    private final @Nullable Journey journey;
    /** Made when it is first asked for, and once: who shares it knows it by its identity. */
    private volatile byte @Nullable [] withoutCursor;

    private Frame(byte[] packet, int payload, long sequence, @Nullable Journey journey) {
        this.packet = packet;
        this.payload = payload;
        this.sequence = sequence;
        this.journey = journey;
    }

    /** A frame without a cursor. */
    public Frame(byte[] packet) {
        this(packet, packet.length - 1, 0, null);
    }

    /**
     * Copies a payload, {@code 42["receive_message",{…}}, and closes it.
     *
     * @param after where the client is when it has the event, or null for a frame without a cursor
     */
    public static Frame of(byte[] bytes, int offset, int length, @Nullable Position after) {
        byte[] packet = new byte[length + (after == null ? 0 : after.cursor().length() + 3) + 1];
        System.arraycopy(bytes, offset, packet, 0, length);
        packet[packet.length - 1] = ']';
        if (after == null) {
            return new Frame(packet, length, 0, null);
        }
        String cursor = after.cursor();
        packet[length] = ',';
        packet[length + 1] = '"';
        for (int i = 0; i < cursor.length(); i++) {
            packet[length + 2 + i] = (byte) cursor.charAt(i);
        }
        packet[packet.length - 2] = '"';
        return new Frame(packet, length, after.sequence(), null);
    }

    /** The same frame, followed on its way. */
    public Frame on(Journey itsJourney) {
        return new Frame(packet, payload, sequence, itsJourney);
    }

    /** Null for a frame that is not followed. */
    public @Nullable Journey journey() {
        return journey;
    }

    /** Where the client is when it has the event, as text; "" for a frame without a cursor. */
    public String cursor() {
        int length = packet.length - payload - 4; // ,"…"]
        return length <= 0 ? "" : new String(packet, payload + 2, length, ISO_8859_1);
    }

    /** The packet's text; not a copy. */
    public byte[] packet() {
        return packet;
    }

    /** The packet's text for clients that have no use for a cursor; not a copy. The same each time, from any thread. */
    public byte[] packetWithoutCursor() {
        byte[] without = withoutCursor;
        return without != null ? without : madeWithoutCursor();
    }

    private synchronized byte[] madeWithoutCursor() {
        byte[] without = withoutCursor;
        if (without == null) {
            without = packet;
            if (payload < packet.length - 1) {
                without = Arrays.copyOf(packet, payload + 1);
                without[payload] = ']';
            }
            withoutCursor = without;
        }
        return without;
    }

    /** The rank of the position that its cursor tells, or 0. */
    public long sequence() {
        return sequence;
    }

    /** Bytes of the packet's text. */
    public int size() {
        return packet.length;
    }
}
