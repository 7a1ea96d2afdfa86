package dev.pushbridge.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Received;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** "Why didn't Anna get it?", asked of the management port. */
final class ExplainIT {
    @RegisterExtension
    final Bridge bridge = Bridge.onNewTopic(Map.of("management.endpoint.push.access", "read-only"));

    @Test
    void eventIsToldByItsIdWithEverySessionThatItWentTo() {
        Client gone = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        Client here = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        gone.login("anna");
        here.login("ben");
        bridge.topic().send("{\"tokens\":[\"anna\",\"ben\",\"carla\"],\"id\":\"like-1\"}");
        gone.next();
        Received push = here.next();
        here.emit("message_received", Json.write(push.args().get(1).asString()));
        bridge.await(Meters.ACKNOWLEDGEMENTS, 1);
        gone.disconnect();
        bridge.await(Meters.SESSIONS, 1);
        Client late = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        late.login("anna");

        JsonNode answer = ask("events/like-1");

        assertThat(answer.path("topic").asString()).isEqualTo(bridge.topic().name());
        JsonNode event = answer.path("event");
        assertThat(event.path("outcome").asString()).isEqualTo("dispatched");
        assertThat(event.path("deliveries")).hasSize(2);
        JsonNode annas = event.at("/deliveries/0");
        assertThat(annas.path("token").asString()).isEqualTo("anna");
        assertThat(annas.path("socketId").asString()).isEqualTo(gone.id());
        assertThat(annas.path("outcome").asString()).isEqualTo("written");
        assertThat(annas.path("end").asString()).isNotEmpty();
        JsonNode bens = event.at("/deliveries/1");
        assertThat(bens.path("socketId").asString()).isEqualTo(here.id());
        assertThat(bens.path("outcome").asString()).isEqualTo("written");
        assertThat(bens.path("acknowledged").asBoolean()).isTrue();
        assertThat(bens.path("endedAt").isNull()).isTrue();
    }

    @Test
    void recordIsToldByItsPlaceWhateverBecameOfIt() {
        RecordMetadata offline = bridge.topic().send("{\"tokens\":[\"nobody\"],\"id\":\"1\"}");
        RecordMetadata repeat = bridge.topic().send("{\"tokens\":[\"nobody\"],\"id\":\"1\"}");
        RecordMetadata invalid = bridge.topic().send("no event");
        bridge.await(Meters.RECORDS_CONSUMED, 3);

        assertThat(at(offline.offset()).path("outcome").asString()).isEqualTo("offline");
        assertThat(at(repeat.offset()).path("outcome").asString()).isEqualTo("duplicate");
        assertThat(at(invalid.offset()).path("meaning").asString()).startsWith("no event: a dead letter");
        assertThat(at(invalid.offset() + 1).path("meaning").asString()).startsWith("not read yet");
    }

    @Test
    void tokenIsToldWithItsSessionsAndItsLatestEventsByHowTheyEnded() {
        bridge.topic().send("{\"tokens\":[\"anna\"],\"id\":\"before\"}");
        bridge.await(Meters.RECORDS_CONSUMED, 1);
        Client anna = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        anna.login("anna");
        bridge.topic().send("{\"tokens\":[\"anna\"],\"id\":\"while here\"}");
        anna.next();

        JsonNode token = ask("tokens/anna").path("token");

        assertThat(token.path("sessions")).hasSize(1);
        assertThat(token.at("/sessions/0/socketId").asString()).isEqualTo(anna.id());
        assertThat(token.at("/sessions/0/unwritten").asInt()).isZero();
        assertThat(token.path("events")).hasSize(2);
        assertThat(token.at("/events/0/outcome").asString()).isEqualTo("dispatched");
        assertThat(token.at("/events/0/deliveries/0/outcome").asString()).isEqualTo("written");
        assertThat(token.at("/events/1/outcome").asString()).isEqualTo("offline");
    }

    @Test
    void whatIsNotKnownIsNotFound() {
        assertThat(bridge.management("/actuator/push/events/no-such-id").statusCode())
                .isEqualTo(404);
        assertThat(bridge.management("/actuator/push/secrets/anna").statusCode())
                .isEqualTo(404);
        assertThat(ask("tokens/nobody").at("/token/events")).isEmpty();
    }

    private JsonNode at(long offset) {
        return ask("events/" + bridge.topic().name() + "-0-" + offset).path("event");
    }

    private JsonNode ask(String what) {
        var answer = bridge.management("/actuator/push/" + what);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parse(answer.body());
    }
}
