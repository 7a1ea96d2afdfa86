package dev.pushbridge.testkit;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.pushbridge.testkit.ClientOptions.Reconnection;
import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.SocketFactory;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.WebSocket;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.json.JSONTokener;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The stock {@code io.socket:socket.io-client} of Java, 2.1. */
final class JavaClient extends Client {
    /** No generation of the Node client. */
    static final int GENERATION = 0;

    /** How long a connection waits for its next poll: by default minutes, for which no test waits. */
    private static final int IDLE_MILLIS = 100;

    private final Wires wires = new Wires();
    private final Socket socket;

    private JavaClient(ClientOptions where, List<String> transports) {
        OkHttpClient http = new OkHttpClient.Builder()
                .socketFactory(wires)
                .connectionPool(new ConnectionPool(2, IDLE_MILLIS, MILLISECONDS))
                .build();
        IO.Options options = new IO.Options();
        options.path = where.path();
        options.transports = transports.toArray(String[]::new);
        options.auth = where.auth();
        options.reconnection = where.reconnection() == Reconnection.AT_ONCE;
        options.reconnectionDelay = 10;
        options.forceNew = true;
        options.webSocketFactory = (request, listener) -> watched(http.newWebSocket(request, listener));
        options.callFactory = http;
        socket = IO.socket(URI.create(where.url() + where.namespace()), options);
        socket.on(Socket.EVENT_CONNECT, args -> onConnected(new Connect(socket.id(), false)));
        socket.on(Socket.EVENT_CONNECT_ERROR, args -> onRefused(String.valueOf(args[0]), MissingNode.getInstance()));
        socket.on(Socket.EVENT_DISCONNECT, args -> {
            wires.mend();
            onDisconnected(String.valueOf(args[0]));
        });
        EVENTS.forEach(event -> socket.on(event, args -> heard(event, args)));
    }

    /** Notes the packet by which a client completes an upgrade: the library keeps it to itself. */
    private WebSocket watched(WebSocket webSocket) {
        return (WebSocket) Proxy.newProxyInstance(
                WebSocket.class.getClassLoader(), new Class<?>[] {WebSocket.class}, (proxy, method, args) -> {
                    Object result = method.invoke(webSocket, args);
                    if (method.getName().equals("send") && "5".equals(args[0])) {
                        onWebSocket(""); // OkHttp 3 has none
                    }
                    return result;
                });
    }

    private void heard(String event, Object... args) {
        int count = args.length;
        if (count > 0 && args[count - 1] instanceof Ack ack) {
            Object[] own = Arrays.copyOf(args, count - 1);
            ack.call(own);
            onEvent(event, nodes(own));
        } else {
            onEvent(event, nodes(args));
        }
    }

    static Client open(ClientOptions options, List<String> transports) {
        JavaClient client = new JavaClient(options, transports);
        client.socket.connect();
        return client;
    }

    @Override
    public void emit(String event, String... args) {
        socket.emit(event, parsed(args));
    }

    @Override
    CompletableFuture<List<JsonNode>> emitWithAck(String event, String... args) {
        CompletableFuture<List<JsonNode>> answer = new CompletableFuture<>();
        Ack ack = arguments -> answer.complete(nodes(arguments));
        socket.emit(event, parsed(args), ack);
        return answer;
    }

    @Override
    public void disconnect() {
        socket.disconnect();
    }

    @Override
    public void kill() {
        wires.cut();
    }

    @Override
    public String toString() {
        return "io.socket:socket.io-client";
    }

    private static Object[] parsed(String... args) {
        Object[] parsed = new Object[args.length];
        for (int i = 0; i < args.length; i++) {
            try {
                parsed[i] = bytesOrJson(new JSONTokener(args[i]).nextValue());
            } catch (JSONException e) {
                throw new IllegalArgumentException(args[i], e);
            }
        }
        return parsed;
    }

    private static Object bytesOrJson(Object value) throws JSONException {
        if (!(value instanceof JSONObject object) || !object.optString("type").equals("Buffer")) {
            return value;
        }
        JSONArray data = object.getJSONArray("data");
        byte[] bytes = new byte[data.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) data.getInt(i);
        }
        return bytes;
    }

    private static List<JsonNode> nodes(Object... args) {
        List<JsonNode> nodes = new ArrayList<>();
        for (Object arg : args) {
            nodes.add(
                    arg instanceof byte[] bytes
                            ? Json.bytes(bytes)
                            : Json.parse(new JSONArray(Collections.singletonList(arg)).toString())
                                    .path(0));
        }
        return nodes;
    }

    /** Remembers the TCP sockets of one client, to cut them; none gets through from then on until the client knows. */
    private static final class Wires extends SocketFactory {
        private final Queue<java.net.Socket> open = new ConcurrentLinkedQueue<>();
        private volatile boolean isCut;

        void mend() {
            isCut = false;
        }

        void cut() {
            isCut = true;
            for (java.net.Socket socket : open) {
                try {
                    socket.setSoLinger(true, 0); // a reset instead of a farewell
                    socket.close();
                } catch (IOException closed) {
                    // It was not kept for another poll.
                }
            }
        }

        @Override
        public java.net.Socket createSocket() throws IOException {
            if (isCut) {
                throw new IOException("cut");
            }
            java.net.Socket socket = new java.net.Socket();
            open.add(socket);
            return socket;
        }

        @Override
        public java.net.Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.net.Socket createSocket(String host, int port, InetAddress from, int fromPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.net.Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.net.Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
            throw new UnsupportedOperationException();
        }
    }
}
