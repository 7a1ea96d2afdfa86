package dev.pushbridge.testkit;

import java.util.List;

/** The clients that people use, each over every way to travel: what a test is repeated over. */
public enum ClientKind {
    NODE_2_WEBSOCKET(2, Travel.WEBSOCKET),
    NODE_2_POLLING(2, Travel.POLLING),
    NODE_2_UPGRADE(2, Travel.UPGRADE),
    NODE_3_WEBSOCKET(3, Travel.WEBSOCKET),
    NODE_3_POLLING(3, Travel.POLLING),
    NODE_3_UPGRADE(3, Travel.UPGRADE),
    NODE_4_WEBSOCKET(4, Travel.WEBSOCKET),
    NODE_4_POLLING(4, Travel.POLLING),
    NODE_4_UPGRADE(4, Travel.UPGRADE),
    JAVA_WEBSOCKET(JavaClient.GENERATION, Travel.WEBSOCKET),
    JAVA_POLLING(JavaClient.GENERATION, Travel.POLLING),
    JAVA_UPGRADE(JavaClient.GENERATION, Travel.UPGRADE);

    private final int generation;
    private final Travel travel;

    private enum Travel {
        WEBSOCKET("websocket"),
        POLLING("polling"),
        /** The clients' default: polling, and a WebSocket as soon as it is open. */
        UPGRADE("polling websocket");

        private final String transports;

        Travel(String transports) {
            this.transports = transports;
        }
    }

    ClientKind(int generation, Travel travel) {
        this.generation = generation;
        this.travel = travel;
    }

    /** Whether it speaks Engine.IO 3 and the Socket.IO of the year 2013, as the clients 1.x and 2.x do. */
    public boolean isOld() {
        return generation == 2;
    }

    /** Whether it begins with polling and goes over to a WebSocket. */
    public boolean upgrades() {
        return travel == Travel.UPGRADE;
    }

    /** OkHttp, which Java's client has its WebSocket from, leaves them to that client, which has no use for them. */
    public boolean noticesCloseFrames() {
        return generation != JavaClient.GENERATION || travel == Travel.POLLING;
    }

    /** Connects a client and waits until it is connected. */
    public Client open(ClientOptions options) {
        Client client = begin(options);
        String ignored = client.id();
        return client;
    }

    /** Has a client connect, which may come to nothing. */
    public Client begin(ClientOptions options) {
        List<String> transports = List.of(travel.transports.split(" "));
        return generation == JavaClient.GENERATION
                ? JavaClient.open(options, transports)
                : NodeClient.open(generation, options, transports);
    }
}
