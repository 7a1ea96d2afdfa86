package dev.pushbridge.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The handle on the process of {@link Clients}. */
final class ClientsProcess implements AutoCloseable {
    /** So long after the last message nothing more is expected. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(15).toNanos();

    private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();

    private final Commanded process;

    ClientsProcess(Server server) throws IOException {
        process = new Commanded(
                "clients",
                Processes.clients(List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Clients.class.getName(),
                        String.valueOf(server.port()))));
    }

    /** Opens so many more connections, and returns when all are logged in. */
    void open(int count) throws IOException {
        process.ask("open " + count);
    }

    /** Cuts every connection. */
    void leave() throws IOException {
        process.ask("leave");
    }

    /** Has everybody come back at once, and returns when all are logged in. */
    void comeBack() throws IOException {
        process.ask("come-back");
    }

    void reset() throws IOException {
        process.ask("reset");
    }

    Latency latency() throws IOException {
        return Latency.parse(process.ask("latency"));
    }

    long received() throws IOException {
        return Long.parseLong(process.ask("received"));
    }

    /** What the times add up to that the messages bore since the last reset. */
    long sentAtSum() throws IOException {
        return Long.parseLong(process.ask("sum"));
    }

    /** Waits for so many messages, and fails if they do not come. */
    void awaitReceived(long count) throws IOException {
        long came = awaitUpTo(count);
        if (came < count) {
            throw new IllegalStateException(came + " messages came (expected: " + count + ")");
        }
    }

    /** Waits for so many messages, and returns how many came: fewer if nothing has come for a long time. */
    long awaitUpTo(long count) throws IOException {
        long came = received();
        long cameAt = System.nanoTime();
        while (came < count && System.nanoTime() - cameAt < PATIENCE_NANOS) {
            LockSupport.parkNanos(LOOK_NANOS);
            long now = received();
            if (now > came) {
                came = now;
                cameAt = System.nanoTime();
            }
        }
        return came;
    }

    @Override
    public void close() {
        process.close();
    }
}
