package dev.pushbridge.socket;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

/** A WebSocket that shows what came over the wire: text as it is, binary as {@code <hex>}; cursors are left out. */
final class Wire implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final int PATIENCE_SECONDS = 10;

    private final BlockingQueue<String> packets = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> cursors = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private final Pings pings;
    private final WebSocket socket;

    /** What is done with the server's pings. */
    private enum Pings {
        /** They are answered, and not shown. */
        ANSWERED,
        /** They are shown, and the test answers. */
        SHOWN
    }

    private Wire(int port, String pathAndQuery, Pings pings) {
        this.pings = pings;
        socket = HTTP.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + pathAndQuery), new Listener())
                .join();
    }

    static Wire open(int port, String pathAndQuery) {
        return new Wire(port, pathAndQuery, Pings.ANSWERED);
    }

    /** A client that answers no pings by itself. */
    static Wire withPings(int port, String pathAndQuery) {
        return new Wire(port, pathAndQuery, Pings.SHOWN);
    }

    /** A client of protocol 4 whose handshake has been seen. */
    static Wire v4(int port) {
        Wire wire = open(port, "/socket.io/?EIO=4&transport=websocket");
        assertThat(wire.next()).startsWith("0{");
        return wire;
    }

    /** A client of protocol 4 in the namespace {@code /}. */
    static Wire connected(int port) {
        Wire wire = v4(port);
        wire.send("40");
        assertThat(wire.next()).startsWith("40{\"sid\":");
        return wire;
    }

    /** A client of protocol 3, which is in the namespace {@code /} without asking. */
    static Wire v3(int port) {
        Wire wire = open(port, "/socket.io/?EIO=3&transport=websocket");
        assertThat(wire.next()).startsWith("0{");
        assertThat(wire.next()).isEqualTo("40");
        return wire;
    }

    Wire send(String packet) {
        socket.sendText(packet, true).orTimeout(PATIENCE_SECONDS, SECONDS).join();
        return this;
    }

    Wire send(byte[] packet) {
        socket.sendBinary(ByteBuffer.wrap(packet), true)
                .orTimeout(PATIENCE_SECONDS, SECONDS)
                .join();
        return this;
    }

    String next() {
        try {
            String packet = packets.poll(PATIENCE_SECONDS, SECONDS);
            assertThat(packet).as("a packet within %d s", PATIENCE_SECONDS).isNotNull();
            return String.valueOf(packet);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits for the next event {@code cursor}, which are not among the packets. */
    String nextCursor() {
        try {
            String cursor = cursors.poll(PATIENCE_SECONDS, SECONDS);
            assertThat(cursor).as("a cursor within %d s", PATIENCE_SECONDS).isNotNull();
            return String.valueOf(cursor);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Whether an event {@code cursor} has come that nobody waited for. */
    boolean hasCursor() {
        return !cursors.isEmpty();
    }

    /** Waits for the close frame: {@code <code> <reason>}. */
    String closed() {
        return closed.orTimeout(PATIENCE_SECONDS, SECONDS).join();
    }

    boolean isQuiet() {
        return packets.isEmpty();
    }

    /** Without a goodbye. */
    @Override
    public void close() {
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            CompletionStage<?> done = CompletableFuture.completedFuture(null);
            text.append(data);
            if (last) {
                String packet = text.toString();
                text.setLength(0);
                if (packet.equals("2") && pings == Pings.ANSWERED) {
                    done = webSocket.sendText("3", true);
                } else if (packet.startsWith("42[\"cursor\",")) {
                    cursors.add(packet.substring("42[\"cursor\",\"".length(), packet.length() - 2));
                } else {
                    packets.add(packet);
                }
            }
            webSocket.request(1);
            return done;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            packets.add("<" + HexFormat.of().formatHex(bytes) + ">");
            webSocket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed.complete(statusCode + " " + reason);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }
}
