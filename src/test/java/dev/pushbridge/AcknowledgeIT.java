package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Hop;
import dev.pushbridge.event.LoginResult;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Received;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** A client that says what it has, as the README shows it, and what is measured by it. */
final class AcknowledgeIT {
    @RegisterExtension
    final Bridge bridge = Bridge.onNewTopic();

    @Test
    void eventIsMeasuredFromItsRecordToTheClientsAcknowledgement() {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");
        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":1,\"occurredAt\":\"2026-11-24T08:15:30Z\"}");

        client.emit("message_received", cursorOf(client.next()));

        bridge.await(Meters.ACKNOWLEDGEMENTS, 1);
        for (Hop hop : Hop.values()) {
            bridge.await(Meters.HOPS, hop.word(), 1);
        }
        bridge.await(Meters.LATENCY, 1);
        assertThat(bridge.figures().of(Meters.LOGINS, LoginResult.ACCEPTED.word()))
                .isEqualTo(1);
    }

    @Test
    void acknowledgingEveryOneOfABurstIsNoFlood() {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");
        List<String> cursors = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + i + "}");
            cursors.add(cursorOf(client.next()));
        }
        cursors.forEach(cursor -> client.emit("message_received", cursor));

        assertThat(client.ask("message_received", "\"AQ\"").path("ok").asBoolean())
                .isFalse();
        bridge.await(Meters.ACKNOWLEDGEMENTS, 300);
    }

    @Test
    void whatIsNoCursorIsRefused() {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");

        JsonNode answer = client.ask("message_received", "{}");

        assertThat(answer.path("ok").asBoolean()).isFalse();
        assertThat(answer.path("error").asString())
                .isEqualTo(
                        "message_received: no cursor (expected: that of a receive_message, at most 1024 characters)");
        assertThat(client.ask("user_login", "{}").path("ok").asBoolean()).isFalse();
        assertThat(bridge.figures().of(Meters.LOGINS, LoginResult.REFUSED.word()))
                .isEqualTo(1);
    }

    private static String cursorOf(Received push) {
        assertThat(push.event()).isEqualTo("receive_message");
        return Json.write(push.args().get(1).asString());
    }
}
