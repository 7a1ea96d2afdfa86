package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts the processes of the run: the servers on the first core, everything else on the others, where the machine has
 * {@code taskset} and more than one core.
 */
final class Processes {
    /** A roomy heap of one size, which is resident from the start, and the collector with the fewest threads. */
    static final List<String> JVM_ARGUMENTS = List.of(
            "-Xms768m",
            "-Xmx768m",
            "-Xmn384m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:+UseCompactObjectHeaders");

    private static final int PATIENCE_SECONDS = 20;
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final String FIRST_CORE = "0";
    private static final String OTHER_CORES = "1-" + (CORES - 1);
    private static final boolean PINNED = CORES > 1 && succeeds("taskset", "-V");

    private Processes() {}

    /** Cores of the machine, also those that this process has left. */
    static int cores() {
        return CORES;
    }

    static boolean arePinned() {
        return PINNED;
    }

    /** Moves this process, and so what it starts, off the first core. */
    static void leaveFirstCore() {
        if (PINNED) {
            run(
                    "taskset",
                    "-apc",
                    OTHER_CORES,
                    String.valueOf(ProcessHandle.current().pid()));
        }
    }

    static ProcessBuilder server(List<String> arguments) {
        return java(FIRST_CORE, arguments);
    }

    static ProcessBuilder clients(List<String> arguments) {
        return java(OTHER_CORES, arguments);
    }

    private static ProcessBuilder java(String cores, List<String> arguments) {
        List<String> command = new ArrayList<>(PINNED ? List.of("taskset", "-c", cores) : List.of());
        command.add(tool("java"));
        command.addAll(JVM_ARGUMENTS);
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }

    /** A program of the JDK that runs this. */
    static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /** Runs a command and returns what it says. */
    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
            return said;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(String.join(" ", command), e);
        }
    }

    /** What a command says in one line, or "" if there is no such command. */
    static String saidBy(String... command) {
        return succeeds(command) ? run(command).strip() : "";
    }

    /** A port that nobody listens on now. */
    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static boolean succeeds(String... command) {
        try {
            run(command);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Waits for the process's end, and after a while makes it. */
    static void awaitEnd(Process process) {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    static ProcessBuilder.Redirect log(String name) {
        return ProcessBuilder.Redirect.to(new File("target/benchmark/" + name + ".log"));
    }
}
