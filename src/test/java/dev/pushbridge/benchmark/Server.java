package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A server under load, in a process of its own that does nothing else. */
final class Server implements AutoCloseable {
    private static final double NANOS_PER_MICRO = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");
    private static final Path JAR = Path.of("target/push-bridge.jar");

    private final Process process;
    private final int port;
    private final String topic;

    private final int managementPort;

    private Server(ProcessBuilder command, String name, int port, int managementPort, String topic) throws IOException {
        this.process = command.redirectErrorStream(true)
                .redirectOutput(Processes.log(name))
                .start();
        this.port = port;
        this.managementPort = managementPort;
        this.topic = topic;
    }

    /** The bridge as it ships: the jar, its defaults, and what is said here. Its dead-letter topic must be there too. */
    static Server bridge(int port, String broker, String topic, String... more) throws IOException {
        int managementPort = Processes.freePort();
        List<String> arguments = new ArrayList<>(List.of("-jar", JAR.toString()));
        arguments.add("--spring.kafka.bootstrap-servers=" + broker);
        arguments.add("--push.kafka.topic=" + topic);
        arguments.add("--push.socket.port=" + port);
        arguments.add("--push.socket.host=127.0.0.1");
        arguments.add("--management.server.port=" + managementPort);
        arguments.add("--push.socket.limits.handshakes-per-second=0"); // the run opens more than any page would
        arguments.addAll(List.of(more));
        return new Server(Processes.server(arguments), topic, port, managementPort, topic);
    }

    static Server plain(int port, String broker, String topic) throws IOException {
        List<String> arguments = List.of(
                "-cp",
                System.getProperty("java.class.path"),
                PlainServer.class.getName(),
                String.valueOf(port),
                broker,
                topic);
        return new Server(Processes.server(arguments), "plain", port, 0, topic);
    }

    /** Returns when the server lets clients in. */
    void awaitOpen() {
        Awaitility.await().atMost(PATIENCE).until(() -> {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return probe.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    int port() {
        return port;
    }

    String topic() {
        return topic;
    }

    /** User and system time of all threads so far, in microseconds. */
    double cpuMicros() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / NANOS_PER_MICRO;
    }

    /** Bytes of the heap that are in use after a collection. */
    long heapBytes() {
        String histogram = Processes.run(Processes.tool("jcmd"), String.valueOf(process.pid()), "GC.class_histogram");
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IllegalStateException("jcmd: " + histogram + " (expected: a line with the total)");
        }
        return Long.parseLong(total.group(1));
    }

    /** Resident memory in KiB; Linux only. */
    long rssKib() {
        try {
            return Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException("resident memory is read from /proc", e);
        }
    }

    /** Outcomes of records and deliveries, as the bridge has counted them. */
    String books() throws IOException {
        URL figures = URI.create("http://127.0.0.1:" + managementPort + "/actuator/prometheus")
                .toURL();
        try (InputStream page = figures.openStream()) {
            return new String(page.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("push_records") || line.startsWith("push_deliveries"))
                    .collect(Collectors.joining("\n"));
        }
    }

    void freeze() {
        Processes.run("kill", "-STOP", String.valueOf(process.pid()));
    }

    void thaw() {
        Processes.run("kill", "-CONT", String.valueOf(process.pid()));
    }

    @Override
    public void close() {
        thaw();
        process.destroy();
        Processes.awaitEnd(process);
    }
}
