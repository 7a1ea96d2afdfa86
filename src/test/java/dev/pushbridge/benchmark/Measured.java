package dev.pushbridge.benchmark;

import java.util.ArrayList;
import java.util.List;

/** What the load run found out about one server. */
final class Measured {
    final String server;
    final List<Cost> byFanOut = new ArrayList<>();
    final List<Cost> byConnections = new ArrayList<>();
    double handshakeMicros;
    /** Beside the heap, all of which is resident from the start. */
    double rssKibPerConnection;

    double heapBytesPerConnection;
    final List<Double> pacedMicros = new ArrayList<>();
    final List<Double> fasterMicros = new ArrayList<>();
    final List<Latency> latencies = new ArrayList<>();
    double offlineMicros;
    /** Messages that were sent off and never came. */
    long lost;

    Measured(String server) {
        this.server = server;
    }

    static double median(List<Double> figures) {
        return figures.stream().sorted().skip(figures.size() / 2).findFirst().orElseThrow();
    }

    /**
     * A backlog that was drained.
     *
     * @param micros user and system CPU time of the server process per message, in microseconds
     * @param perSecond messages per second
     */
    record Cost(int connections, int fanOut, double micros, double perSecond) {}
}
