package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.RawClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Who is logged in, from {@code user_login} to the end of the connection. */
final class LoginIT {
    /** A client that polls and goes away between two polls is missed by its heartbeat, here within 5 s. */
    @RegisterExtension
    static final Bridge bridge =
            Bridge.onNewTopic(Map.of("push.socket.ping-interval", "1s", "push.socket.ping-timeout", "4s"));

    @ParameterizedTest
    @EnumSource
    void loginIsAnsweredAndCounted(ClientKind kind) {
        assertThat(withoutCursor(bridge.open(kind).login("anna"))).isEqualTo(Json.parse("""
                {"ok": true, "replaced": false, "sessions": 1, "recovered": false, "replayed": 0}"""));
        assertThat(withoutCursor(bridge.open(kind).login("anna"))).isEqualTo(Json.parse("""
                {"ok": true, "replaced": false, "sessions": 2, "recovered": false, "replayed": 0}"""));
        bridge.open(kind).login("ben");

        bridge.await(Meters.SESSIONS, 3);
        bridge.await(Meters.TOKENS, 2);
    }

    @ParameterizedTest
    @EnumSource
    void pushReachesEveryTabOfTheTokenAndNobodyElse(ClientKind kind) {
        Client phone = loggedIn(kind, "anna");
        Client laptop = loggedIn(kind, "anna");
        Client ben = loggedIn(kind, "ben");
        Client nobody = bridge.open(kind);

        push("for anna", "anna");
        push("for both", "anna", "ben");
        nobody.login("carla");
        push("for all", "anna", "ben", "carla");

        assertThat(nextData(phone)).isEqualTo("for anna");
        assertThat(nextData(phone)).isEqualTo("for both");
        assertThat(nextData(laptop)).isEqualTo("for anna");
        assertThat(nextData(laptop)).isEqualTo("for both");
        assertThat(nextData(ben)).isEqualTo("for both");
        assertThat(nextData(nobody)).isEqualTo("for all");
    }

    @ParameterizedTest
    @EnumSource
    void logoutEndsThePushesAndKeepsTheConnection(ClientKind kind) {
        Client anna = loggedIn(kind, "anna");
        Client other = loggedIn(kind, "anna");

        assertThat(anna.ask("user_logout").path("ok").asBoolean()).isTrue();
        bridge.await(Meters.SESSIONS, 1);
        push("while out", "anna");
        assertThat(nextData(other)).isEqualTo("while out");
        anna.login("anna");
        push("back again", "anna");

        assertThat(nextData(anna)).isEqualTo("back again");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void secondLoginOnASocketReplacesTheFirst(ClientKind kind) {
        Client client = loggedIn(kind, "anna");

        assertThat(withoutCursor(client.login("ben"))).isEqualTo(Json.parse("""
                {"ok": true, "replaced": true, "sessions": 1, "recovered": false, "replayed": 0}"""));
        push("for anna", "anna");
        push("for ben", "ben");

        assertThat(nextData(client)).isEqualTo("for ben");
        bridge.await(Meters.SESSIONS, 1);
        bridge.await(Meters.TOKENS, 1);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void sameLoginTwicePushesOnce(ClientKind kind) {
        Client client = loggedIn(kind, "anna");
        client.login("anna");

        push("first", "anna");
        push("second", "anna");

        assertThat(nextData(client)).isEqualTo("first");
        assertThat(nextData(client)).isEqualTo("second");
    }

    @ParameterizedTest
    @EnumSource
    void disconnectEmptiesTheRegistry(ClientKind kind) {
        loggedIn(kind, "anna").disconnect();

        bridge.await(Meters.SESSIONS, 0);
        bridge.await(Meters.TOKENS, 0);
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatBreaksEmptiesTheRegistry(ClientKind kind) {
        loggedIn(kind, "anna").kill();

        bridge.await(Meters.SESSIONS, 0);
        bridge.await(Meters.TOKENS, 0);
    }

    /** The original believed the client's word for which socket logs in. */
    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void socketIdOfAnotherSocketIsNotBelieved(ClientKind kind) {
        Client victim = loggedIn(kind, "anna");
        Client attacker = bridge.open(kind);

        attacker.ask("user_login", Json.write(new Claim("mallory", "666", victim.id())));
        push("for mallory", "mallory");
        push("for anna", "anna");

        assertThat(nextData(attacker)).isEqualTo("for mallory");
        assertThat(nextData(victim)).isEqualTo("for anna");
    }

    private record Claim(String tokenId, String userId, String socketId) {}

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void loginWithoutAnAckCountsToo(ClientKind kind) {
        Client client = bridge.open(kind);
        client.emit("user_login", "{\"tokenId\": \"anna\", \"userId\": \"1\"}");
        bridge.await(Meters.SESSIONS, 1);

        push("heard", "anna");

        assertThat(nextData(client)).isEqualTo("heard");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void numericTokenIsReadAsAString(ClientKind kind) {
        Client client = bridge.open(kind);
        client.ask("user_login", "{\"tokenId\": 7, \"userId\": 1}");

        push("as a string", "7");

        assertThat(nextData(client)).isEqualTo("as a string");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"tokenId\": null}",
                "{\"tokenId\": \"\"}",
                "{\"tokenId\": true}",
                "{\"tokenId\": [\"anna\"]}",
                "{\"tokenId\": {\"id\": \"anna\"}}",
                "null",
                "\"anna\"",
                "7",
                "[\"anna\"]"
            })
    void loginOfTheWrongShapeIsRefusedWithTheReasonAndCostsNothingElse(String login) {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);

        JsonNode refusal = client.ask("user_login", login);

        assertThat(refusal.path("ok").isBoolean()).isTrue();
        assertThat(refusal.path("ok").asBoolean()).isFalse();
        assertThat(refusal.path("error").asString()).contains("expected");
        assertThat(bridge.figures().of(Meters.SESSIONS)).isZero();
        client.login("anna");
        push("still connected", "anna");
        assertThat(nextData(client)).isEqualTo("still connected");
    }

    @ParameterizedTest
    @EnumSource
    void bytesForALoginAreRefusedWithTheReasonAndCostNothingElse(ClientKind kind) {
        Client client = bridge.open(kind);

        JsonNode refusal =
                client.ask("user_login", Json.bytes(new byte[] {1, 2, 3}).toString());

        assertThat(refusal.path("error").asString())
                .isEqualTo("user_login: binary (expected: an object {tokenId, userId})");
        client.login("anna");
        push("still connected", "anna");
        assertThat(nextData(client)).isEqualTo("still connected");
    }

    @Test
    void loginWithoutAnArgumentIsRefusedWithTheReason() {
        RawClient client = bridge.openRaw();

        client.send("427[\"user_login\"]");

        assertThat(client.next()).startsWith("437[{").contains("\"ok\":false").contains("expected");
    }

    @Test
    void refusalDoesNotRepeatTheToken() {
        String token = "secret".repeat(1000);

        JsonNode refusal =
                bridge.open(ClientKind.NODE_4_WEBSOCKET).ask("user_login", "{\"tokenId\": \"" + token + "\"}");

        assertThat(refusal.path("ok").asBoolean()).isFalse();
        assertThat(refusal.path("error").asString()).doesNotContain("secret");
    }

    /** The ack, whose cursor, which must be there, is different every time. */
    private static JsonNode withoutCursor(JsonNode ack) {
        assertThat(ack.path("cursor").asString()).matches("[A-Za-z0-9_-]+");
        return ((ObjectNode) ack).without("cursor");
    }

    private static Client loggedIn(ClientKind kind, String token) {
        Client client = bridge.open(kind);
        client.login(token);
        return client;
    }

    private static void push(String data, String... tokens) {
        bridge.topic().send("{\"tokens\": " + Json.write(tokens) + ", \"data\": " + Json.write(data) + "}");
    }

    private static String nextData(Client client) {
        return client.nextPush().path("data").asString();
    }
}
