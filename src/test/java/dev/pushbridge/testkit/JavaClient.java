package dev.pushbridge.testkit;

import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.SocketFactory;
import okhttp3.OkHttpClient;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONTokener;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The stock {@code io.socket:socket.io-client} of Java, 2.1. */
final class JavaClient extends Client {
    /** No generation of the Node client. */
    static final int GENERATION = 0;

    private final Wires wires = new Wires();
    private final Socket socket;

    private JavaClient(String url, String path, List<String> transports) {
        OkHttpClient http = new OkHttpClient.Builder().socketFactory(wires).build();
        IO.Options options = new IO.Options();
        options.path = path;
        options.transports = transports.toArray(String[]::new);
        options.reconnection = false;
        options.forceNew = true;
        options.webSocketFactory = http;
        options.callFactory = http;
        socket = IO.socket(URI.create(url), options);
        socket.on(Socket.EVENT_CONNECT, args -> onConnected(socket.id()));
        socket.on(Socket.EVENT_CONNECT_ERROR, args -> onRefused(String.valueOf(args[0]), MissingNode.getInstance()));
        socket.on(Socket.EVENT_DISCONNECT, args -> onDisconnected(String.valueOf(args[0])));
        EVENTS.forEach(event -> socket.on(event, args -> onEvent(event, nodes(args))));
    }

    static Client open(String url, String path, List<String> transports) {
        JavaClient client = new JavaClient(url, path, transports);
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
                parsed[i] = new JSONTokener(args[i]).nextValue();
            } catch (JSONException e) {
                throw new IllegalArgumentException(args[i], e);
            }
        }
        return parsed;
    }

    private static List<JsonNode> nodes(Object... args) {
        List<JsonNode> nodes = new ArrayList<>();
        Json.parse(new JSONArray(Arrays.asList(args)).toString()).forEach(nodes::add);
        return nodes;
    }

    /** Remembers the TCP sockets of one client, to cut them. */
    private static final class Wires extends SocketFactory {
        private final Queue<java.net.Socket> open = new ConcurrentLinkedQueue<>();

        void cut() {
            try {
                for (java.net.Socket socket : open) {
                    socket.setSoLinger(true, 0); // a reset instead of a farewell
                    socket.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public java.net.Socket createSocket() {
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
