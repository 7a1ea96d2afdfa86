package dev.pushbridge.development;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a newcomer starts, as a process of its own: {@code mvn spring-boot:test-run} without Maven. */
final class DevelopmentBridgeIT {
    private static final long PATIENCE_SECONDS = 90;
    /** What fits on a screen. */
    private static final int LINES = 25;

    private final Map<String, Integer> ports = new LinkedHashMap<>();

    DevelopmentBridgeIT() throws IOException {
        for (String port :
                List.of("push.socket.port", "server.port", "management.server.port", "development.broker.port")) {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                ports.put(port, free.getLocalPort());
            }
        }
    }

    @Test
    void startSaysWhereThingsAreOnOneScreenAndTheEndLeavesNothing(@TempDir Path temporary) throws Exception {
        Process bridge = start(temporary);
        try {
            List<String> lines = readTo(bridge, "Ctrl-C stops everything.");

            assertThat(lines).hasSizeLessThan(LINES);
            assertThat(String.join("\n", lines))
                    .contains("http://localhost:" + ports.get("server.port"))
                    .contains("http://localhost:" + ports.get("push.socket.port") + "/socket.io")
                    .contains("http://localhost:" + ports.get("management.server.port") + "/actuator")
                    .contains("127.0.0.1:" + ports.get("development.broker.port"));
            assertThat(partitions()).isEqualTo(Map.of("push.events", 4, "push.events-dlt", 1));
            assertThat(status("server.port", "/")).isEqualTo(200);
            assertThat(status("management.server.port", "/actuator/push/sessions"))
                    .isEqualTo(200);
            assertThat(status("push.socket.port", "/socket.io/?EIO=4&transport=polling"))
                    .isEqualTo(200);
        } finally {
            bridge.destroy();
            assertThat(bridge.waitFor(PATIENCE_SECONDS, SECONDS))
                    .as("bridge ended")
                    .isTrue();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"push.socket.port", "server.port", "management.server.port", "development.broker.port"})
    void takenPortIsOneMessageThatSaysWhatChoosesAnother(String property, @TempDir Path temporary) throws Exception {
        int port = Objects.requireNonNull(ports.get(property));
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            Process bridge = start(temporary);
            List<String> lines = readTo(bridge, "no such line");

            assertThat(bridge.waitFor()).isEqualTo(1);
            assertThat(String.join("\n", lines))
                    .contains("Port " + taken.getLocalPort() + " is taken by another process.")
                    .contains("--" + property + "=");
            assertThat(lines)
                    .hasSizeLessThan(LINES)
                    .noneMatch(line -> line.contains("Exception") || line.startsWith("\tat "));
        }
        assertThat(temporary).isEmptyDirectory();
    }

    private Process start(Path temporary) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                // Where the tests run from a jar that names the others, the plugin keeps the real path here.
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                DevelopmentBridge.class.getName()));
        ports.forEach((name, port) -> command.add("--" + name + "=" + port));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Reads the process's output to its end, or to the line that contains the text. */
    private static List<String> readTo(Process process, String text) throws IOException {
        List<String> lines = new ArrayList<>();
        BufferedReader reader = process.inputReader(UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (line.contains(text)) {
                break;
            }
        }
        return lines;
    }

    private Map<String, Integer> partitions() throws Exception {
        String broker = "127.0.0.1:" + ports.get("development.broker.port");
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker))) {
            return admin
                    .describeTopics(List.of("push.events", "push.events-dlt"))
                    .allTopicNames()
                    .get(PATIENCE_SECONDS, SECONDS)
                    .values()
                    .stream()
                    .collect(Collectors.toMap(
                            TopicDescription::name, topic -> topic.partitions().size()));
        }
    }

    private int status(String port, String path) throws Exception {
        HttpRequest get = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports.get(port) + path))
                .build();
        return HttpClient.newHttpClient()
                .send(get, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
