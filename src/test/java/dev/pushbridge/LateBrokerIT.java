package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Broker;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Forwarder;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A broker that is not there when the node starts. */
@ExtendWith(OutputCaptureExtension.class)
final class LateBrokerIT {
    @Test
    void brokerIsWaitedForAndTheNodeIsAliveNotReadyAndSaysForWhatItWaits(CapturedOutput output) {
        try (Forwarder broker = new Forwarder(Broker.servers());
                Bridge bridge = Bridge.onNewTopic(Map.of("spring.kafka.bootstrap-servers", broker.address()))) {
            bridge.launch();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(output).containsPattern("Waiting for Kafka at .*" + broker.address()));
            assertThat(bridge.management("/actuator/health/liveness").statusCode())
                    .isEqualTo(200);
            assertThat(bridge.management("/actuator/health/readiness").statusCode())
                    .isEqualTo(503);
            assertThat(bridge.management("/actuator/health").body()).contains(broker.address());

            broker.open();
            bridge.awaitReady();

            Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
            client.login("anna");
            bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"at last\"}");
            assertThat(client.nextPush().path("data").asString()).isEqualTo("at last");
        }
    }
}
