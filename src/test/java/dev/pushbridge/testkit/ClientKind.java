package dev.pushbridge.testkit;

import java.util.List;

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
    Client open(String url, String path) {
        List<String> inOrder = List.of(transports.split(" "));
        Client client = generation == JavaClient.GENERATION
                ? JavaClient.open(url, path, inOrder)
                : NodeClient.open(generation, url, path, inOrder);
        String ignored = client.id();
        return client;
    }
}
