package dev.pushbridge.canary;

import dev.pushbridge.settings.SocketSettings;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The canary's client: as much of Engine.IO 4 and Socket.IO 5 over WebSocket as it takes to log in and to be pushed to.
 * It comes in by the same port and the same protocol as everybody.
 */
final class SocketEar implements Ear {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String LOGIN_ACK = "430";

    private final SocketSettings settings;
    private final IntSupplier port;
    private final String token;
    private final HttpClient http;
    private volatile @Nullable Connection connection;

    SocketEar(SocketSettings settings, IntSupplier port, String token) {
        this.settings = settings;
        this.port = port;
        this.token = token;
        HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(PATIENCE);
        http = settings.sslBundle() == null
                ? client.build()
                : client.sslContext(OwnPort.tls()).build();
    }

    @Override
    public void open(LongConsumer heard) throws IOException, InterruptedException {
        close();
        Connection opening = new Connection(heard);
        try {
            WebSocket socket = http.newWebSocketBuilder()
                    .connectTimeout(PATIENCE)
                    .buildAsync(address(), opening)
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            connection = opening;
            opening.begin(socket);
            opening.loggedIn.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw new IOException("no answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            close();
            throw new IOException(String.valueOf(e.getCause()), e);
        }
    }

    private URI address() throws IOException {
        InetAddress host = InetAddress.getByName(settings.host());
        InetAddress own = host.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : host;
        String name = own instanceof Inet6Address ? "[" + own.getHostAddress() + "]" : own.getHostAddress();
        String scheme = settings.sslBundle() == null ? "ws" : "wss";
        return URI.create(
                scheme + "://" + name + ":" + port.getAsInt() + settings.path() + "/?EIO=4&transport=websocket");
    }

    @Override
    public boolean isOpen() {
        Connection current = connection;
        return current != null && !current.closed;
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            current.close();
        }
    }

    /** One WebSocket. The HTTP client calls it with one thing at a time. */
    private final class Connection implements WebSocket.Listener {
        private final LongConsumer heard;
        private final StringBuilder packet = new StringBuilder();
        final CompletableFuture<Void> loggedIn = new CompletableFuture<>();
        private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
        /** The end of what is being sent; the next must wait for it. */
        private CompletableFuture<?> sending = socket;

        volatile boolean closed;

        Connection(LongConsumer heard) {
            this.heard = heard;
        }

        void begin(WebSocket opened) {
            socket.complete(opened);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            packet.append(data);
            if (last) {
                String whole = packet.toString();
                packet.setLength(0);
                received(whole);
            }
            from.request(1);
            return null;
        }

        private void received(String text) {
            if (text.startsWith("0")) {
                send("40");
            } else if (text.equals("2")) {
                send("3");
            } else if (text.startsWith("40")) {
                send("420[\"user_login\",{\"tokenId\":\"" + token + "\"}]");
            } else if (text.startsWith("44")) {
                loggedIn.completeExceptionally(new IOException("refused to connect"));
            } else if (text.startsWith(LOGIN_ACK)) {
                answered(json(text.substring(LOGIN_ACK.length())).path(0));
            } else if (text.startsWith("42")) {
                event(json(text.substring(2)));
            }
        }

        private void answered(JsonNode answer) {
            if (answer.path("ok").asBoolean(false)) {
                loggedIn.complete(null);
            } else {
                loggedIn.completeExceptionally(
                        new IOException("login: " + answer.path("error").asString("")));
            }
        }

        private void event(JsonNode event) {
            if (event.path(0).asString("").equals("receive_message")) {
                heard.accept(event.path(1).path("data").asLong(0));
            }
        }

        private JsonNode json(String text) {
            try {
                return JsonMapper.shared().readTree(text);
            } catch (JacksonException e) {
                throw new IllegalStateException("a packet that is not JSON", e);
            }
        }

        private synchronized void send(String text) {
            sending = sending.thenCompose(before -> socket.thenCompose(to -> to.sendText(text, true)));
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            ended(new IOException("closed: " + code + " " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            ended(error);
        }

        private void ended(Throwable why) {
            closed = true;
            loggedIn.completeExceptionally(why);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // a connection that does not come needs no end
        void close() {
            closed = true;
            socket.thenAccept(WebSocket::abort);
        }
    }
}
