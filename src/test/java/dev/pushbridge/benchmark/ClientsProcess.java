package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The handle on the process of {@link Clients}. */
final class ClientsProcess implements AutoCloseable {
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();

    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    ClientsProcess(Server server) throws IOException {
        process = Processes.clients(List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Clients.class.getName(),
                        String.valueOf(server.port())))
                .redirectError(Processes.log("clients"))
                .start();
        commands = new PrintStream(process.getOutputStream(), true, UTF_8);
        answers = process.inputReader(UTF_8);
    }

    /** Opens so many more connections, and returns when all are logged in. */
    void open(int count) throws IOException {
        ask("open " + count);
    }

    /** Cuts every connection. */
    void leave() throws IOException {
        ask("leave");
    }

    /** Has everybody come back at once, and returns when all are logged in. */
    void comeBack() throws IOException {
        ask("come-back");
    }

    void reset() throws IOException {
        ask("reset");
    }

    Latency latency() throws IOException {
        return Latency.parse(ask("latency"));
    }

    long received() throws IOException {
        return Long.parseLong(ask("received"));
    }

    void awaitReceived(long count) throws IOException {
        long start = System.nanoTime();
        while (received() < count) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException(received() + " messages came (expected: " + count + ")");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private String ask(String command) throws IOException {
        commands.println(command);
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith(">")) {
                return line.substring(1);
            }
        }
        throw new IOException("the clients failed; see target/benchmark/clients.log");
    }

    @Override
    public void close() {
        commands.close();
        Processes.awaitEnd(process);
    }
}
