package dev.pushbridge.fault;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Nodes of stock Socket.IO. Every one gets every event; there is nothing between them and the sender that could lose one. */
final class StockCluster extends Cluster {
    private final List<StockProcess> nodes;

    /** Starts nothing yet. */
    StockCluster(Contender contender, Heartbeat heartbeat, int size) {
        super(contender, heartbeat);
        nodes = IntStream.rangeClosed(1, size)
                .mapToObj(number -> new StockProcess(
                        contender.name().toLowerCase(Locale.ROOT) + "-" + number, contender, heartbeat))
                .toList();
    }

    @Override
    List<StockProcess> nodes() {
        return nodes;
    }

    @Override
    void publish(int partition, String record) {
        nodes.forEach(node -> node.tell(record));
    }

    /** It does not know one event from another, and is not asked to. */
    @Override
    void publishAgain(int partition, String record) {}

    /** Nor has it a place for bad records. */
    @Override
    void publishBad(int partition, String record) {}

    @Override
    void flush() {}
}
