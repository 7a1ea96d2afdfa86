package dev.pushbridge.fault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A node of stock Socket.IO, {@code stock.mjs}, which gets the events over its standard input. */
final class StockProcess extends ServerProcess {
    private final Contender contender;
    private final Heartbeat heartbeat;
    /** Writes to one node at a time, so that a node that is frozen holds nobody up. */
    private final ExecutorService writer = Executors.newSingleThreadExecutor();

    StockProcess(String name, Contender contender, Heartbeat heartbeat) {
        super(name);
        this.contender = contender;
        this.heartbeat = heartbeat;
    }

    @Override
    List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                "node",
                "src/test/js/faults/stock.mjs",
                String.valueOf(port()),
                String.valueOf(heartbeat.interval().toMillis()),
                String.valueOf(heartbeat.timeout().toMillis())));
        if (contender == Contender.STOCK_WITH_RECOVERY) {
            command.add("recovery");
        }
        return command;
    }

    @Override
    boolean isReady() {
        return accepts(port());
    }

    /** An event for its clients. While it is not running it has none, so nobody gets it. */
    void tell(String line) {
        writer.execute(() -> {
            try {
                input().write((line + "\n").getBytes(UTF_8));
                input().flush();
            } catch (IOException | IllegalStateException gone) {
                // as if it had never been said
            }
        });
    }

    @Override
    public void close() {
        super.close();
        writer.shutdownNow();
    }
}
