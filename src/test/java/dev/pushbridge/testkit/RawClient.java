package dev.pushbridge.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's WebSocket, which shows packets as the text that came over the wire. Speaks just enough Engine.IO v4 and
 * Socket.IO v5 to be connected; heartbeats are answered and not shown, and neither are cursor events.
 */
public final class RawClient implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BlockingQueue<String> packets = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final WebSocket socket;

    private RawClient(URI url) {
        socket = HTTP.newWebSocketBuilder().buildAsync(url, new Listener()).join();
    }

    /** A client that has done the handshake and joined the namespace {@code /}. */
    static RawClient connect(int port, String path) {
        RawClient client = shakeHands(port, path);
        client.send("40");
        assertThat(client.next()).startsWith("40{");
        return client;
    }

    /** A client that has done the handshake and is in no namespace. */
    static RawClient shakeHands(int port, String path) {
        RawClient client = open(port, path);
        assertThat(client.next()).startsWith("0{");
        return client;
    }

    /** A client that has sent nothing yet; the handshake's answer is its first packet. */
    static RawClient open(int port, String path) {
        return new RawClient(URI.create("ws://127.0.0.1:" + port + path + "/?EIO=4&transport=websocket"));
    }

    /** Logs in and waits until the bridge has agreed. */
    public void login(String token) {
        send("420[\"user_login\",{\"tokenId\":" + Json.write(token) + "}]");
        assertThat(next()).startsWith("430[{").contains("\"ok\":true");
    }

    /** Sends one packet as the text it is. */
    public void send(String packet) {
        socket.sendText(packet, true)
                .orTimeout(Client.PATIENCE_SECONDS, SECONDS)
                .join();
    }

    /** Waits for the next packet that is not a heartbeat. */
    public String next() {
        try {
            String packet = packets.poll(Client.PATIENCE_SECONDS, SECONDS);
            assertThat(packet)
                    .as("a packet within %d s", Client.PATIENCE_SECONDS)
                    .isNotNull();
            return packet;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What came so far and was not asked for. Without something known to come later, nothing here proves nothing. */
    public List<String> unread() {
        return List.copyOf(packets);
    }

    /** Waits until the bridge has closed the connection, and gives the WebSocket close code; 1006 if it had none. */
    public int awaitClose() {
        return closed.orTimeout(Client.PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Cuts the TCP connection. */
    @Override
    public void close() {
        socket.abort();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder packet = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            packet.append(part);
            if (last) {
                take(from, packet.toString());
                packet.setLength(0);
            }
            from.request(1);
            return null;
        }

        private void take(WebSocket from, String whole) {
            if (whole.equals("2")) {
                CompletableFuture<WebSocket> ignored = from.sendText("3", true);
            } else if (!whole.startsWith("42[\"cursor\",")) {
                packets.add(whole);
            }
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.complete(1006);
        }
    }
}
