package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Holds {@code schemas/asyncapi.yaml} against packets as they go over the wire: its fields, and no others. */
final class ContractIT {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic();

    private final JsonNode messages;

    ContractIT() throws IOException {
        messages = YAMLMapper.shared()
                .readTree(Files.readString(Path.of("schemas/asyncapi.yaml")))
                .at("/components/messages");
    }

    @Test
    void connectPushAndComeBack() {
        RawClient first = bridge.shakeHandsRaw();
        JsonNode connected = connect(first, Map.of("tokenId", "anna", "userId", "1"));
        bridge.topic()
                .send("{\"tokens\":[\"anna\"],\"type\":\"like\",\"id\":\"1\",\"occurredAt\":\"2026-11-24T12:00:00Z\"}");
        JsonNode push = event(first);
        assertThat(checked("receiveMessage", push.path(1)).propertyNames())
                .as("all of them")
                .containsExactlyInAnyOrderElementsOf(
                        properties("receiveMessage").propertyNames());
        String cursor = checked("cursor", push.path(2)).asString();
        first.send("421[\"message_received\"," + checked("messageReceived", push.path(2)) + "]");
        assertThat(ack(first).path("ok").asBoolean()).isTrue();
        first.close();

        bridge.topic().send("{\"tokens\":[\"anna\"]}");
        RawClient again = bridge.shakeHandsRaw();
        String pid = connected.path("pid").asString();
        assertThat(connect(again, Map.of("tokenId", "anna", "pid", pid, "offset", cursor)))
                .as("the same session: its id, and its pid")
                .isEqualTo(connected);
        assertThat(checked("receiveMessage", event(again).path(1)).path("data")).isEmpty();
    }

    @Test
    void loginsAndWhatIsToldOfThem() {
        RawClient client = bridge.openRaw();
        JsonNode login = Json.parse("{\"tokenId\":\"anna\",\"userId\":\"1\",\"cursor\":\"of no sense\"}");
        client.send("421[\"user_login\"," + checked("userLogin", login) + "]");
        JsonNode answer = ack(client);
        assertThat(answer.propertyNames())
                .containsExactlyInAnyOrder("ok", "replaced", "sessions", "recovered", "replayed", "cursor");
        assertThat(checked("resyncRequired", event(client).path(1))
                        .path("reason")
                        .asString())
                .isEqualTo("cursor");
        client.send("421[\"user_login\",{}]");
        assertThat(ack(client).path("code").asString()).isEqualTo("no_token_id");
    }

    @Test
    void refusedConnect() {
        RawClient client = bridge.shakeHandsRaw();
        client.send("40{\"tokenId\":[]}");
        JsonNode refused = checked("connectError", Json.parse(client.next().substring(2)));
        assertThat(refused.at("/data/code").asString()).isEqualTo("form");
    }

    /** As the stock client does, and with nothing that the contract does not name. */
    private JsonNode connect(RawClient client, Map<String, String> auth) {
        client.send("40" + checked("connect", Json.parse(Json.write(auth))));
        return checked("connected", Json.parse(client.next().substring(2)));
    }

    private static JsonNode event(RawClient client) {
        return Json.parse(client.next().substring(2));
    }

    private JsonNode ack(RawClient client) {
        return checked(
                "ack", Json.parse(client.next().substring("431".length())).path(0));
    }

    private JsonNode properties(String message) {
        return messages.path(message).path("payload").path("properties");
    }

    /** Fails if this is not a payload of the message, or has a field that is not in its schema. */
    private JsonNode checked(String message, JsonNode payload) {
        JsonNode schema = messages.path(message).path("payload").deepCopy();
        assertThat(schema.isObject()).as(message).isTrue();
        ((ObjectNode) schema).put("additionalProperties", false);
        assertThat(SCHEMAS.getSchema(schema.toString(), InputFormat.JSON)
                        .validate(payload.toString(), InputFormat.JSON))
                .as("%s: %s", message, payload)
                .isEmpty();
        return payload;
    }
}
