package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.testkit.ClientOptions.Reconnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A stock {@code socket.io-client} of npm, 2.x, 3.x or 4.x, in the one Node process of the test JVM. */
final class NodeClient extends Client {
    private static final Logger log = LoggerFactory.getLogger(NodeClient.class);

    private final int number;
    private final int generation;
    private final AtomicInteger acks = new AtomicInteger();
    private final Map<Integer, CompletableFuture<List<JsonNode>>> awaited = new ConcurrentHashMap<>();

    private NodeClient(int number, int generation) {
        this.number = number;
        this.generation = generation;
    }

    static Client open(int generation, ClientOptions options, List<String> transports) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("path", options.path());
        all.put("transports", transports);
        all.put("auth", options.auth());
        all.put("reconnection", options.reconnection() == Reconnection.AT_ONCE);
        all.put("reconnectionDelay", 10);
        all.putAll(options.forNode());
        NodeClient client = new NodeClient(Node.NUMBERS.incrementAndGet(), generation);
        Node.CLIENTS.put(client.number, client);
        client.order(
                "open",
                Map.of(
                        "generation",
                        generation,
                        "url",
                        options.url() + options.namespace(),
                        "events",
                        EVENTS,
                        "options",
                        all));
        return client;
    }

    @Override
    public void emit(String event, String... args) {
        order("emit", Map.of("event", event, "args", parsed(args)));
    }

    @Override
    CompletableFuture<List<JsonNode>> emitWithAck(String event, String... args) {
        int ack = acks.incrementAndGet();
        CompletableFuture<List<JsonNode>> answer = new CompletableFuture<>();
        awaited.put(ack, answer);
        order("emit", Map.of("event", event, "args", parsed(args), "ack", ack));
        return answer;
    }

    @Override
    public void disconnect() {
        order("disconnect", Map.of());
    }

    @Override
    public void kill() {
        order("kill", Map.of());
    }

    @Override
    public String toString() {
        return "socket.io-client " + generation + ".x (client " + number + ")";
    }

    private void order(String deed, Map<String, Object> more) {
        Map<String, Object> order = new LinkedHashMap<>(more);
        order.put("do", deed);
        order.put("client", number);
        Node.write(Json.write(order));
    }

    private void hear(JsonNode news) {
        switch (news.path("is").asString()) {
            case "connected" ->
                onConnected(new Connect(
                        news.path("id").asString(), news.path("recovered").asBoolean(false)));
            case "login" -> onLoginAnswer(news.path("answer"));
            case "on WebSocket" -> onWebSocket(news.path("extensions").asString());
            case "refused" -> onRefused(news.path("reason").asString(), news.path("data"));
            case "disconnected" -> onDisconnected(news.path("reason").asString());
            case "cursor" -> onCursor(news.path("cursor").asString());
            case "event" -> onEvent(news.path("event").asString(), args(news));
            case "ack" -> answered(news.path("ack").asInt(), args(news));
            default -> throw new AssertionError(news);
        }
    }

    private void answered(int ack, List<JsonNode> args) {
        CompletableFuture<List<JsonNode>> answer = awaited.remove(ack);
        if (answer == null) {
            throw new AssertionError("ack " + ack + " of " + this + " came twice");
        }
        answer.complete(args);
    }

    private static List<JsonNode> args(JsonNode news) {
        List<JsonNode> args = new ArrayList<>();
        news.path("args").forEach(args::add);
        return args;
    }

    private static List<JsonNode> parsed(String... args) {
        List<JsonNode> parsed = new ArrayList<>();
        for (String arg : args) {
            parsed.add(Json.parse(arg));
        }
        return parsed;
    }

    /** {@code src/test/js/clients.mjs}; the end of its input, which comes with the end of this JVM, ends it. */
    private static final class Node {
        static final AtomicInteger NUMBERS = new AtomicInteger();
        static final Map<Integer, NodeClient> CLIENTS = new ConcurrentHashMap<>();
        private static final Writer ORDERS = start();

        /** One line, whole: several tests' threads may give orders. */
        static void write(String line) {
            synchronized (ORDERS) {
                try {
                    ORDERS.write(line);
                    ORDERS.write('\n');
                    ORDERS.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        private static Writer start() {
            try {
                Process node = new ProcessBuilder("node", "src/test/js/clients.mjs")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                Thread reader = new Thread(() -> read(node.inputReader(UTF_8)), "node-clients");
                reader.setDaemon(true);
                reader.start();
                return node.outputWriter(UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException("Node 18 or newer is needed for the stock clients", e);
            }
        }

        private static void read(BufferedReader news) {
            news.lines().forEach(line -> {
                try {
                    JsonNode heard = Json.parse(line);
                    NodeClient client = CLIENTS.get(heard.path("client").asInt());
                    if (client == null) {
                        throw new AssertionError("no such client");
                    }
                    client.hear(heard);
                } catch (RuntimeException | AssertionError e) {
                    log.error("Node says {}", line, e); // the test that waits for something else fails by its bound
                }
            });
        }
    }
}
