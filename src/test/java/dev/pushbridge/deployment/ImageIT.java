package dev.pushbridge.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Broker;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Tool;
import dev.pushbridge.testkit.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/**
 * What {@code docker compose up} starts of the bridge, on a machine without a Docker engine: the Dockerfile's steps, its
 * entry point with the compose file's environment, health check and limits.
 */
final class ImageIT {
    private static final Logger log = LoggerFactory.getLogger(ImageIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** What start, half a minute and stop may say. */
    private static final int SCREENFUL = 25;

    private static final JsonNode SERVICES =
            Yaml.read(Path.of("docker-compose.yml")).path("services");
    private static final JsonNode BRIDGE = SERVICES.path("bridge");

    private final Topic topic = Topic.create();
    private final int socketPort = Tool.freePort();
    private final int managementPort = Tool.freePort();

    @Test
    void imageRunsAsComposeRunsItIsHealthyPushesAndGoesWhenItIsTold(@TempDir Path temporary) throws Exception {
        Dockerfile dockerfile = Dockerfile.read();
        Path image = dockerfile.build(temporary);
        Path output = temporary.resolve("bridge.log");
        List<String> command = dockerfile.entrypoint();
        boolean caged = Cage.canBeBuilt();
        if (!caged) {
            log.warn("The image runs as who we are, on a file system that it could write to: no root, or no unshare");
        }
        ProcessBuilder builder = new ProcessBuilder(caged ? Cage.around(image, dockerfile.user(), command) : command)
                .directory(image.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment());
        if (hasImagesJvm(dockerfile)) {
            assertThat(image.resolve("push-bridge.aot"))
                    .as("what the image's build learned")
                    .isNotEmptyFile();
            builder.environment().put("JDK_JAVA_OPTIONS", "-XX:AOTMode=on"); // or it does not start
        } else {
            log.warn("The image runs on this JVM and without its AOT cache: no Java {} here", dockerfile.version());
        }

        Process bridge = builder.start();
        try {
            assertThat(healthCheck()).as("health before the start").isNotZero();
            Awaitility.await("healthy: " + output).atMost(PATIENCE).until(() -> healthCheck() == 0);
            if (caged) {
                assertThat(Path.of("/proc/" + bridge.pid() + "/status"))
                        .content(UTF_8)
                        .contains(
                                "Uid:\t" + dockerfile.user().replaceFirst(":.*", "") + "\t",
                                "CapEff:\t0000000000000000");
            }

            Client anna = ClientKind.NODE_4_WEBSOCKET.open(ClientOptions.to(socketPort));
            anna.login("anna");
            topic.send(lineOfTheProducer());
            assertThat(anna.nextPush().path("data").path("actor").path("name").asString())
                    .isEqualTo("Dora");

            bridge.destroy(); // SIGTERM, as docker stop
            assertThat(anna.awaitDisconnect()).isEqualTo("transport close");
            assertThat(bridge.waitFor(stopGracePeriod().toSeconds(), SECONDS))
                    .as("ended in time")
                    .isTrue();
            assertThat(bridge.exitValue()).as(Files.readString(output)).isEqualTo(128 + 15);
            assertThat(Files.readString(output))
                    .doesNotContain("Exception")
                    .doesNotContain("Permission denied")
                    .doesNotContain("Read-only file system");
            assertThat(Files.readAllLines(output))
                    .filteredOn(line -> !line.startsWith("[") && !line.startsWith("NOTE: ")) // the JVM's own
                    .hasSizeBetween(5, SCREENFUL)
                    .allSatisfy(ImageIT::isForMachines);
        } finally {
            bridge.destroyForcibly();
            bridge.waitFor();
        }
    }

    private static boolean hasImagesJvm(Dockerfile dockerfile) {
        return !dockerfile.jvm().equals(Path.of(System.getProperty("java.home")))
                || Runtime.version().feature() == dockerfile.version();
    }

    /** A line of the Elastic Common Schema, nested as its reference has the fields. */
    private static void isForMachines(String line) {
        JsonNode entry = Json.parse(line);
        assertThat(Instant.parse(entry.path("@timestamp").asString())).isNotNull();
        assertThat(entry.at("/log/level").asString()).isIn("INFO", "WARN");
        assertThat(entry.at("/log/logger").asString()).isNotEmpty();
        assertThat(entry.path("message").asString()).isNotEmpty();
        assertThat(entry.at("/service/name").asString()).isEqualTo("push-bridge");
        assertThat(entry.at("/ecs/version").asString()).isNotEmpty();
    }

    /** The compose file's, with this test's topic, broker and ports, and a log for machines. */
    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        BRIDGE.path("environment")
                .propertyStream()
                .forEach(variable ->
                        environment.put(variable.getKey(), variable.getValue().asString()));
        assertThat(environment.put("SPRING_KAFKA_BOOTSTRAP_SERVERS", Broker.servers()))
                .isEqualTo("kafka:29092");
        environment.put("PUSH_KAFKA_TOPIC", topic.name());
        environment.put("PUSH_SOCKET_PORT", String.valueOf(socketPort));
        environment.put("MANAGEMENT_SERVER_PORT", String.valueOf(managementPort));
        environment.put("SERVER_PORT", "0");
        environment.put("LOGGING_STRUCTURED_FORMAT_CONSOLE", "ecs");
        return environment;
    }

    private int healthCheck() throws IOException, InterruptedException {
        JsonNode test = BRIDGE.path("healthcheck").path("test");
        assertThat(test.path(0).asString()).isEqualTo("CMD");
        List<String> command = test.valueStream()
                .skip(1)
                .map(JsonNode::asString)
                .map(word -> word.replace("$$", "$").replace("/8081", "/" + managementPort))
                .toList();
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** The first record that the compose file's producer makes. */
    private static String lineOfTheProducer() throws IOException {
        String loop = SERVICES.path("producer")
                .path("command")
                .path(0)
                .asString()
                .replace("$$", "$")
                .replace("sleep 2", "sleep 0.01")
                .replaceFirst("\\| /opt/kafka/bin/kafka-console-producer.sh .*", "");
        Process producer = new ProcessBuilder("bash", "-ec", loop).start();
        try (BufferedReader lines = producer.inputReader(UTF_8)) {
            return String.valueOf(lines.readLine());
        } finally {
            producer.destroy();
        }
    }

    private static Duration stopGracePeriod() {
        return DurationStyle.detectAndParse(BRIDGE.path("stop_grace_period").asString());
    }
}
