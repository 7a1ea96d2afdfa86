package dev.pushbridge.testkit;

import java.util.List;
import java.util.Map;

/** The clients that people use, each over a transport: what a test is repeated over. */
public enum ClientKind {
    NODE_2_WEBSOCKET(2, "websocket"),
    NODE_3_WEBSOCKET(3, "websocket"),
    NODE_4_WEBSOCKET(4, "websocket"),
    JAVA_WEBSOCKET(JavaClient.GENERATION, "websocket");

    private final int generation;
    private final String transports;

    ClientKind(int generation, String transports) {
        this.generation = generation;
        this.transports = transports;
    }

    /** Waits until the client is connected. */
    public Client open(String url, String path) {
        Client client = begin(url, path, Map.of());
        String ignored = client.id();
        return client;
    }

    /** Does not wait: it may be refused. The options, which not all clients have, are those of the client of Node. */
    Client begin(String url, String path, Map<String, Object> options) {
        List<String> inOrder = List.of(transports.split(" "));
        if (generation == JavaClient.GENERATION) {
            return JavaClient.open(url, path, inOrder);
        }
        return NodeClient.open(generation, url, path, inOrder, options);
    }
}
