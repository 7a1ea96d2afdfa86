package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.pushbridge.testkit.Broker;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is shipped, as an operator runs it: the jar in a process of its own. */
final class ShippedJarIT {
    private static final Path JAR = Path.of("target/push-bridge.jar");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void itHasNothingOfTheTests() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> entries = jar.stream().map(ZipEntry::getName).toList();
            assertThat(entries)
                    .anyMatch(name -> name.contains("kafka-clients"))
                    .contains("BOOT-INF/classes/page/vendor/socket.io.min.js")
                    .noneMatch(name -> name.contains("kafka_2.13")
                            || name.contains("kafka-server")
                            || name.contains("-test")
                            || name.contains("pushbridge/development"));
        }
    }

    /** The plugin that makes it is one that Maven leaves out when it is offline. */
    @Test
    void itSaysWhatItIsMadeOf() throws IOException {
        assumeFalse("offline: true".equals(System.getProperty("maven.mode")), "Maven is offline, and made no SBOM");
        try (JarFile jar = new JarFile(JAR.toFile())) {
            JsonNode sbom = Json.parse(new String(
                    jar.getInputStream(jar.getEntry("META-INF/sbom/application.cdx.json"))
                            .readAllBytes(),
                    UTF_8));
            List<String> parts = sbom.path("components")
                    .valueStream()
                    .map(part -> part.path("name").asString() + "-"
                            + part.path("version").asString() + ".jar")
                    .toList();
            List<String> libraries = jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith("BOOT-INF/lib/") && name.endsWith(".jar"))
                    .map(name -> name.substring("BOOT-INF/lib/".length()))
                    .filter(name ->
                            !name.matches("netty-.*-linux-.*|spring-boot-jarmode-.*")) // a classifier; Boot's own
                    .toList();

            assertThat(sbom.path("bomFormat").asString()).isEqualTo("CycloneDX");
            assertThat(parts).containsAll(libraries).noneMatch(name -> name.startsWith("junit-"));
        }
    }

    @Test
    void itWaitsForItsBrokerQuietlyIsReadyOnceThatIsThereAndLeavesNothing(@TempDir Path temporary) throws Exception {
        Topic topic = Topic.create();
        int port = freePort();
        Path log = Files.createTempFile("shipped-jar-", ".log");
        try (Forwarder broker = new Forwarder(Broker.servers())) {
            Process bridge = start(
                    temporary,
                    log,
                    "--spring.kafka.bootstrap-servers=" + broker.address(),
                    "--push.kafka.topic=" + topic.name(),
                    "--push.socket.port=0",
                    "--management.server.port=" + port);
            try {
                Awaitility.await()
                        .atMost(PATIENCE)
                        .untilAsserted(() ->
                                assertThat(log).content(UTF_8).contains("Waiting for Kafka at " + broker.address()));
                Awaitility.await().atMost(PATIENCE).until(() -> status(port, "liveness") == 200);
                assertThat(status(port, "readiness")).isEqualTo(503);

                broker.open();

                Awaitility.await().atMost(PATIENCE).until(() -> status(port, "readiness") == 200);
                assertThat(Files.readString(log).lines())
                        .hasSizeLessThan(25)
                        .noneMatch(line -> line.contains("Exception") || line.contains("ERROR"));
            } finally {
                bridge.destroy();
                assertThat(bridge.waitFor(PATIENCE.toSeconds(), SECONDS))
                        .as("ended")
                        .isTrue();
            }
        } finally {
            Files.delete(log);
        }
        assertThat(temporary).isEmptyDirectory();
    }

    private static Process start(Path temporary, Path log, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Djava.io.tmpdir=" + temporary,
                "-jar",
                JAR.toString());
        builder.command().addAll(List.of(arguments));
        return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    private static int status(int port, String probe) throws InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/health/" + probe);
        try {
            return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            return 0; // not up yet
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
