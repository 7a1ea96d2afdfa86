package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.SecureBroker;
import dev.pushbridge.testkit.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A broker that wants a password (SCRAM) and speaks TLS with a certificate of a CA of its own, as the README sets it up. */
@ExtendWith(OutputCaptureExtension.class)
final class SecureKafkaIT {
    private static final String PASSWORD = "s3cr3t-of-the-broker";

    @TempDir
    private static Path directory;

    private static final Topic topic = Topic.create();
    private static SecureBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = SecureBroker.start(directory.resolve("kafka"), "push", PASSWORD);
        broker.create(topic.name(), topic.deadLetterName());
        Files.writeString(directory.resolve("ca.crt"), broker.authority());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Bridge bridge(String password) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("spring.kafka.bootstrap-servers", broker.servers());
        settings.put("spring.kafka.security.protocol", "SASL_SSL");
        settings.put("spring.kafka.ssl.bundle", "kafka");
        settings.put("spring.ssl.bundle.pem.kafka.truststore.certificate", "file:" + directory.resolve("ca.crt"));
        settings.put("spring.kafka.properties.sasl.mechanism", "SCRAM-SHA-512");
        settings.put(
                "spring.kafka.properties.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"push\" password=\""
                        + password + "\";");
        Bridge bridge = Bridge.on(topic, settings);
        bridge.launch();
        return bridge;
    }

    @Test
    void eventsArePushedAndBadRecordsGoToTheDeadLetters(CapturedOutput output) {
        Bridge bridge = bridge(PASSWORD);
        try {
            awaitReadiness(bridge, 200);
            Client anna = bridge.open(ClientKind.NODE_4_WEBSOCKET);
            anna.login("anna");

            broker.send(topic.name(), "{\"tokens\":[\"anna\"],\"data\":\"behind a password\"}");
            broker.send(topic.name(), "no event");

            assertThat(anna.nextPush().path("data").asString()).isEqualTo("behind a password");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(
                                    bridge.management("/actuator/prometheus").body())
                            .contains("push_dead_letters_total{reason=\"not_json\"} 1.0"));
            assertThat(output).doesNotContain(PASSWORD);
        } finally {
            bridge.abandon();
        }
    }

    @Test
    void wrongPasswordIsSaidInTheLogAndNotShown(CapturedOutput output) {
        Bridge bridge = bridge("wrong-" + PASSWORD);
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(output).containsPattern("Waiting for .*Authentication failed"));
            awaitReadiness(bridge, 503);
            assertThat(output).doesNotContain(PASSWORD);
            assertThat(bridge.management("/actuator/health").body()).doesNotContain(PASSWORD);
        } finally {
            bridge.abandon();
        }
    }

    private static void awaitReadiness(Bridge bridge, int status) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                bridge.management("/actuator/health/readiness").statusCode())
                        .isEqualTo(status));
    }
}
