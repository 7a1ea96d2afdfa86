package dev.pushbridge.fault;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A server in a process of its own, that can be ended, frozen and started again on the same port. */
abstract class ServerProcess implements AutoCloseable {
    static final String LOOPBACK = "127.0.0.1";
    /** What the processes write goes here. */
    static final Path LOGS = Path.of("target/faults");

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LAST_LINES = 15;
    /** Below the ports that systems give to outgoing connections, which could take one while its server is down. */
    private static final int FIRST_PORT = 15_000;

    private static final int PORTS = 15_000;
    /** Nobody listens on a port until its server is started, and no two may be given the same. */
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();
    /** Processes outlive the JVM that started them, unless it sees to it. */
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final String name;
    private final int port;
    private volatile @Nullable Process process;

    ServerProcess(String name) {
        this.name = name;
        this.port = freePort();
    }

    abstract List<String> command();

    /** Whether it serves. Asked again and again after the launch. */
    abstract boolean isReady();

    final int port() {
        return port;
    }

    final void start() {
        launch();
        awaitReady();
    }

    final void launch() {
        try {
            Files.createDirectories(LOGS);
            Process launched = new ProcessBuilder(command())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
            RUNNING.add(launched);
            process = launched;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final void awaitReady() {
        Awaitility.await(name + " to be ready")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    assertThat(running().isAlive())
                            .as("%s is alive; it said\n%s\n", name, lastLines())
                            .isTrue();
                    return isReady();
                });
    }

    /** SIGKILL: it has no time to do anything. */
    final void kill() {
        running().destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, and the time that it takes to end in order. */
    final void terminate() {
        running().destroy();
        awaitEnd();
    }

    /** SIGSTOP: it is there, its connections too, and it does nothing. */
    final void freeze() {
        signal("STOP");
    }

    /** SIGCONT: it goes on as if no time had passed. */
    final void thaw() {
        signal("CONT");
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }

    final OutputStream input() {
        return running().getOutputStream();
    }

    final boolean accepts(int otherPort) {
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), otherPort), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static int freePort() {
        while (true) {
            int candidate = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
            if (!GIVEN.add(candidate)) {
                continue;
            }
            try (ServerSocket free = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                // the next one, then
            }
        }
    }

    @Override
    public final String toString() {
        return name;
    }

    private void awaitEnd() {
        Process ending = running();
        try {
            assertThat(ending.waitFor(PATIENCE.toSeconds(), SECONDS))
                    .as("%s ended", name)
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        RUNNING.remove(ending);
        process = null;
    }

    private void signal(String signal) {
        try {
            Process sent = new ProcessBuilder(
                            "kill", "-" + signal, String.valueOf(running().pid()))
                    .start();
            assertThat(sent.waitFor()).as("kill -%s %s", signal, name).isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(name + " is not running");
        }
        return process;
    }

    private Path log() {
        return LOGS.resolve(name + ".log");
    }

    private String lastLines() {
        try (Stream<String> lines = Files.lines(log())) {
            List<String> all = lines.toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - LAST_LINES), all.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
