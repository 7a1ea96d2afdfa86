package dev.pushbridge.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the load run found out about one server. */
final class Measured {
    final String server;
    final List<Cost> byFanOut = new ArrayList<>();
    final List<Cost> byConnections = new ArrayList<>();
    double handshakeMicros;
    double rssKibPerConnection;
    double heapBytesPerConnection;
    double pacedMicros;
    /** Messages that were sent off and never came. */
    long lost;

    @Nullable Latency latency;

    Measured(String server) {
        this.server = server;
    }

    /**
     * A backlog that was drained.
     *
     * @param micros user and system CPU time of the server process per message, in microseconds
     * @param perSecond messages per second
     */
    record Cost(int connections, int fanOut, double micros, double perSecond) {}
}
