package dev.pushbridge.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The canary in a real node: by the real topic to a real socket. */
final class CanaryIT {
    private static final Map<String, Object> CANARY =
            Map.of("push.canary.interval", "100ms", "push.canary.max-age", "1500ms", "push.validation", "full");

    private final Topic topic = Topic.create();
    private final Bridge bridge = Bridge.on(topic, CANARY).start();

    @AfterEach
    void stop() {
        bridge.stop();
    }

    @Test
    void nodeThatCannotPushIsNotReadyAndSaysWhyUntilItCan() {
        assertThat(canary(200).path("status").asString()).isEqualTo("UP");

        topic.limit(1);
        Awaitility.await().untilAsserted(() -> {
            JsonNode late = canary(503);
            assertThat(late.path("status").asString()).isEqualTo("OUT_OF_SERVICE");
            assertThat(late.at("/details/waitingFor").asString()).startsWith("the topic to take an event: ");
        });

        topic.limit(1 << 20);
        assertThat(canary(200).path("status").asString()).isEqualTo("UP");
    }

    @Test
    void eventsOfTheCanaryReachNobodyElseAndAreEvents() {
        Bridge other = Bridge.on(topic).start();
        try {
            Client anna = bridge.open(ClientKind.NODE_4_WEBSOCKET);
            Client ben = other.open(ClientKind.NODE_4_WEBSOCKET);
            anna.login("anna");
            ben.login("ben");
            long before = other.figures().of(Meters.RECORDS, RecordOutcome.OFFLINE.word());
            Awaitility.await("canaries on the other node")
                    .until(() -> other.figures().of(Meters.RECORDS, RecordOutcome.OFFLINE.word()) > before + 5);
            topic.send("{\"tokens\":[\"anna\",\"ben\"],\"data\":\"the first\"}");

            assertThat(anna.nextPush().path("data").asString()).isEqualTo("the first");
            assertThat(ben.nextPush().path("data").asString()).isEqualTo("the first");
            Awaitility.await("a canary that is back")
                    .until(() -> bridge.figures().of(Meters.CANARY_AGE) <= 1);
            assertThat(bridge.figures().of(Meters.RECORDS, RecordOutcome.INVALID.word()))
                    .isZero();
            assertThat(topic.deadLetters()).isEmpty();
            anna.close();
            ben.close();
        } finally {
            other.stop();
        }
    }

    @Test
    void canaryComesOverTlsWhereThePortSpeaksIt(@TempDir Path directory) throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=push.example.com")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Path chain = Files.writeString(directory.resolve("tls.crt"), certificate.getCertificatePathPEM());
        Path key = Files.writeString(directory.resolve("tls.key"), certificate.getPrivateKeyPEM());
        Bridge secured = Bridge.onNewTopic(Map.of(
                "push.canary.interval",
                "100ms",
                "push.socket.ssl-bundle",
                "sockets",
                "spring.ssl.bundle.pem.sockets.keystore.certificate",
                "file:" + chain,
                "spring.ssl.bundle.pem.sockets.keystore.private-key",
                "file:" + key));

        secured.start(); // until it is ready
        secured.stop();
    }

    @Test
    void canaryNeedsNoJwtWhereEverybodyElseDoes() {
        Bridge strict = Bridge.onNewTopic(Map.of(
                "push.canary.interval", "100ms",
                "push.auth.mode", "jwt",
                "push.auth.jwt.secret", "a secret of the test, of more than 32 bytes",
                "push.auth.revocation-topic", ""));

        strict.start(); // until it is ready
        strict.stop();
    }

    /** Waits for the readiness probe's answer, and gives the canary's part of it. */
    private JsonNode canary(int status) {
        HttpResponse<String> readiness = Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> bridge.management("/actuator/health/readiness"), answer -> answer.statusCode() == status);
        return Json.parse(readiness.body()).at("/components/canary");
    }
}
