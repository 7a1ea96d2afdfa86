package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.RevocationOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Provider;
import dev.pushbridge.testkit.RawClient;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Logins by JSON Web Token, with the stock clients: from the handshake to the end of the token. */
final class JwtIT {
    private static final Provider provider = new Provider();
    private static final Topic topic = Topic.create();
    private static final Topic revocations = Topic.create();
    private static final String OLD_KEY = "the key that all nodes had so far";
    private static final String NEW_KEY = "the key that some nodes have now!";

    @RegisterExtension
    static final Bridge bridge = Bridge.on(topic, settings(true));

    /** Another node, on which strangers may stay a second only. */
    @RegisterExtension
    static final Bridge other = Bridge.on(topic, settings(false));

    private static Map<String, Object> settings(boolean newUser) {
        Map<String, Object> settings = new HashMap<>(provider.settings());
        settings.put("push.auth.revocation-topic", revocations.name());
        settings.put("push.kafka.partition-check-interval", "1s");
        settings.put("push.auth.jwt.clock-skew", "0s");
        settings.put("push.auth.expiry-warning", "2s");
        settings.put("push.socket.new-user", newUser);
        settings.put("push.resume.keys", newUser ? NEW_KEY + "," + OLD_KEY : OLD_KEY);
        settings.put("push.socket.limits.login-timeout", newUser ? "0s" : "1s");
        return settings;
    }

    @AfterAll
    static void stop() {
        provider.close();
    }

    @Test
    void tokenInTheHandshakeLogsIn() {
        Client anna = connected(bridge, provider.token("anna"));

        push("anna", "by handshake");

        assertThat(anna.nextPush().path("data").asString()).isEqualTo("by handshake");
    }

    @ParameterizedTest
    @EnumSource
    void tokenInTheLoginLogsIn(ClientKind kind) {
        Client anna = bridge.open(kind);

        assertThat(login(anna, provider.token("anna"), "anna").path("ok").asBoolean())
                .isTrue();
        push("anna", "by login");

        assertThat(nextPush(anna)).isEqualTo("by login");
    }

    @Test
    void refusalOfTheHandshakeSaysWhyAndNoMore() {
        long before = bridge.figures().of(Meters.LOGINS_REFUSED, "expired_token");

        Client.Refusal refusal = bridge.begin(ClientKind.NODE_4_WEBSOCKET, url(bridge), auth(expired("anna")))
                .awaitRefusal();

        assertThat(refusal).isEqualTo(new Client.Refusal("token: expired", Json.parse("{\"code\":\"expired_token\"}")));
        bridge.await(Meters.LOGINS_REFUSED, "expired_token", before + 1);
    }

    @Test
    void refusalOfTheLoginSaysWhyAndTheLoginBeforeStays() {
        Client anna = connected(bridge, provider.token("anna"));

        assertThat(login(anna, provider.token("ben"), "anna")).isEqualTo(Json.parse("""
                {"ok": false, "error": "tokenId: not that of the token", "code": "other_token_id"}"""));
        assertThat(anna.ask("user_login", "{\"tokenId\":\"ben\"}").path("code").asString())
                .isEqualTo("no_token");
        push("ben", "for ben");
        push("anna", "for anna");

        assertThat(nextPush(anna)).isEqualTo("for anna");
    }

    @Test
    void strangerHearsNothingAndIsHeardInNothing() {
        Client anna = connected(bridge, provider.token("anna"));
        RawClient stranger = bridge.openRaw();

        stranger.send("421[\"user_logout\"]");
        assertThat(stranger.next()).isEqualTo("431[{\"ok\":false,\"error\":\"not logged in\"}]");
        stranger.send("422[\"receive_message\",{}]");
        assertThat(stranger.next()).startsWith("432[{\"ok\":false");
        Client ben = connected(bridge, provider.token("ben"));
        push("anna", "for anna");
        push("ben", "for ben");
        // Of the stranger, anna heard nothing; of ben, when he had logged in.
        assertThat(anna.next().event()).isEqualTo("new_user");
        assertThat(nextPush(anna)).isEqualTo("for anna");
        assertThat(nextPush(ben)).isEqualTo("for ben");
        stranger.send("423[\"user_login\",{\"token\":" + Json.write(provider.token("carla")) + "}]");
        assertThat(stranger.next()).startsWith("433[{\"ok\":true");
        assertThat(anna.next().event()).isEqualTo("new_user");
        assertThat(ben.next().event()).isEqualTo("new_user");
    }

    @Test
    void strangerIsClosedAfterHisTimeAlsoAfterALogout() {
        RawClient stranger = other.openRaw();
        Client anna = connected(other, provider.token("anna"));

        assertThat(stranger.awaitClose()).isEqualTo(SessionEnd.LOGIN_TIMEOUT.closeCode());
        assertThat(anna.ask("user_logout").path("ok").asBoolean()).isTrue();
        assertThat(anna.awaitDisconnect()).isEqualTo("transport close");
        other.await(Meters.SESSIONS_ENDED, SessionEnd.LOGIN_TIMEOUT.word(), 2);
    }

    @Test
    void expiryIsToldBeforeAndEndsTheSessionAtItsTime() {
        long ended = bridge.figures().of(Meters.SESSIONS_ENDED, SessionEnd.EXPIRED.word());
        Instant end = Instant.now().plusSeconds(4).truncatedTo(ChronoUnit.SECONDS);
        Client anna = connected(bridge, until("anna", end));

        Client.Received warning = anna.next();
        assertThat(warning.event()).isEqualTo("token_expiring");
        assertThat(warning.args().get(0).path("expiresAt").asString()).isEqualTo(end.toString());
        assertThat(warning.args().get(0).path("secondsLeft").asInt()).isBetween(0, 2);
        assertThat(Instant.now()).isBetween(end.minusMillis(2100), end);

        assertThat(anna.awaitDisconnect()).isEqualTo("transport close");
        assertThat(Instant.now()).isBetween(end, end.plusMillis(1500));
        bridge.await(Meters.SESSIONS_ENDED, SessionEnd.EXPIRED.word(), ended + 1);
    }

    @Test
    void freshTokenKeepsTheConnectionWithoutAGap() {
        Client anna = connected(bridge, until("anna", Instant.now().plusSeconds(3)));
        int sent = 0;
        for (; sent < 5; sent++) {
            push("anna", "push " + sent);
        }
        assertThat(login(anna, provider.token("anna"), "anna").path("replaced").asBoolean())
                .isTrue();
        Instant until = Instant.now().plusSeconds(4);
        while (Instant.now().isBefore(until)) {
            push("anna", "push " + sent++);
        }
        int expected = 0;
        while (expected < sent) {
            Client.Received next = anna.next();
            if (next.event().equals("receive_message")) {
                assertThat(next.args().get(0).path("data").asString()).isEqualTo("push " + expected++);
            }
        }
        assertThat(bridge.figures().of(Meters.SESSIONS)).isEqualTo(1);
    }

    @Test
    void revocationEndsTheSessionsOnAllNodesAndKeepsThemOut() {
        long ended = bridge.figures().of(Meters.SESSIONS_ENDED, SessionEnd.REVOKED.word());
        long endedThere = other.figures().of(Meters.SESSIONS_ENDED, SessionEnd.REVOKED.word());
        Client here = connected(bridge, provider.token("dora"));
        Client there = connected(other, provider.token("dora"));
        String stolen = provider.token("emil", claims -> claims.jwtID("stolen"));
        Client thief = connected(bridge, stolen);
        Client emil = connected(bridge, provider.token("emil"));

        revoke("token:dora", "{\"issuedBefore\":\"2999-01-01T00:00:00Z\"}");
        assertThat(here.awaitDisconnect()).isEqualTo("transport close");
        assertThat(there.awaitDisconnect()).isEqualTo("transport close");
        bridge.await(Meters.SESSIONS_ENDED, SessionEnd.REVOKED.word(), ended + 1);
        other.await(Meters.SESSIONS_ENDED, SessionEnd.REVOKED.word(), endedThere + 1);
        for (Bridge node : new Bridge[] {bridge, other}) {
            assertThat(node.begin(ClientKind.NODE_4_WEBSOCKET, url(node), auth(provider.token("dora")))
                            .awaitRefusal())
                    .isEqualTo(new Client.Refusal("token: revoked", Json.parse("{\"code\":\"revoked_token\"}")));
        }

        revoke("jti:stolen", "{}");
        assertThat(thief.awaitDisconnect()).isEqualTo("transport close");
        push("emil", "still his");
        assertThat(nextPush(emil)).isEqualTo("still his");

        // What is no revocation is counted, and the next is taken.
        long invalid = bridge.figures().of(Meters.REVOCATIONS, RevocationOutcome.INVALID.word());
        revoke("dora", "{}");
        revoke("token:emil", "{\"issuedBefor\":\"2999-01-01T00:00:00Z\"}");
        revoke("token:dora", null);
        bridge.await(Meters.REVOCATIONS, RevocationOutcome.INVALID.word(), invalid + 2);
        Awaitility.await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            JsonNode ack = login(bridge.open(ClientKind.NODE_4_WEBSOCKET), provider.token("dora"), "dora");
            assertThat(ack.path("ok").asBoolean()).isTrue();
        });
    }

    /** The revocation is where there was another one in the topic before, which every node has read. */
    @Test
    void topicOfRevocationsThatIsMadeAnewIsReadFromItsBeginning() {
        revoke("jti:of the old topic", "{}");
        int read = revocations.records().size();
        Client here = connected(bridge, provider.token("mia"));
        Client there = connected(other, provider.token("mia"));
        List<String> keys = new ArrayList<>(List.of("token:mia"));
        IntStream.rangeClosed(0, read).forEach(i -> keys.add("jti:another " + i));

        revocations.makeAnew();
        revocations.sendAll(keys, "{}");

        assertThat(here.awaitDisconnect()).isEqualTo("transport close");
        assertThat(there.awaitDisconnect()).isEqualTo("transport close");
        String token =
                provider.token("mia", claims -> claims.jwtID("of the old topic").subject("nina"));
        assertThat(bridge.begin(ClientKind.NODE_4_WEBSOCKET, url(bridge), auth(token))
                        .awaitRefusal()
                        .data()
                        .path("code")
                        .asString())
                .as("what was revoked stays so")
                .isEqualTo("revoked_token");
    }

    /** A pid says which session it was, and logs nobody in. */
    @Test
    void pidDoesNotOutliveTheToken() {
        String token = until("gina", Instant.now().plusSeconds(3));
        Map<String, String> memory = memoryOf(token, "gina");

        push("gina", "after the end of the token");
        assertThat(comeBack(memory).next())
                .isEqualTo("44{\"message\":\"token: expired\",\"data\":{\"code\":\"expired_token\"}}");

        Map<String, String> nobody = new HashMap<>(memory);
        nobody.remove("token");
        RawClient stranger = comeBack(nobody);
        assertThat(stranger.next()).startsWith("40{");
        stranger.send("421[\"user_logout\"]");
        assertThat(stranger.next()).as("and no push before").startsWith("431[{\"ok\":false");

        memory.put("token", provider.token("gina"));
        RawClient gina = comeBack(memory);
        assertThat(gina.next()).contains("\"pid\":\"" + memory.get("pid"));
        assertThat(gina.next()).contains("after the end of the token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"token:hanna", "jti:hanna's", "everybody"})
    void pidDoesNotOutliveARevocation(String key) {
        String token = provider.token("hanna", claims -> claims.jwtID("hanna's"));
        long lifted = other.figures().of(Meters.REVOCATIONS, RevocationOutcome.LIFTED.word());
        RawClient hanna = comeBack(Map.of("token", token));
        Map<String, String> memory = remembered(hanna, token, "hanna");
        revoke(key, key.startsWith("jti:") ? "{}" : "{\"issuedBefore\":\"2999-01-01T00:00:00Z\"}");
        try {
            assertThat(hanna.awaitClose()).isEqualTo(SessionEnd.REVOKED.closeCode());

            assertThat(comeBack(memory).next())
                    .isEqualTo("44{\"message\":\"token: revoked\",\"data\":{\"code\":\"revoked_token\"}}");
        } finally {
            revoke(key, null);
            other.await(Meters.REVOCATIONS, RevocationOutcome.LIFTED.word(), lifted + 1);
        }
    }

    /** The new key is on one node, behind the old one on none: the old node's pids are good there, not the other way. */
    @Test
    void pidsOutliveTheChangeOfTheirKey() {
        String token = provider.token("ines");
        JsonNode ofOld = joined(comeBack(other, Map.of("token", token)));
        JsonNode ofNew = joined(comeBack(bridge, Map.of("token", token)));

        JsonNode onNew = joined(
                comeBack(bridge, Map.of("token", token, "pid", ofOld.path("pid").asString())));
        JsonNode onOld = joined(
                comeBack(other, Map.of("token", token, "pid", ofNew.path("pid").asString())));

        assertThat(onNew).isEqualTo(ofOld);
        assertThat(onOld.path("sid")).isNotEqualTo(ofNew.path("sid"));
    }

    private static JsonNode joined(RawClient client) {
        String answer = client.next();
        assertThat(answer).startsWith("40{");
        return Json.parse(answer.substring(2));
    }

    /** What a client keeps that was logged in with the token until that expired. */
    private static Map<String, String> memoryOf(String token, String tokenId) {
        RawClient client = comeBack(Map.of("token", token));
        Map<String, String> memory = remembered(client, token, tokenId);
        assertThat(client.awaitClose()).isEqualTo(SessionEnd.EXPIRED.closeCode());
        return memory;
    }

    private static Map<String, String> remembered(RawClient client, String token, String tokenId) {
        String pid = joined(client).path("pid").asString();
        push(tokenId, "before");
        String push = client.next();
        while (!push.contains("\"before\"")) {
            push = client.next(); // new_user, or token_expiring
        }
        String offset = Json.parse(push.substring(2)).path(2).asString();
        return new HashMap<>(Map.of("token", token, "pid", pid, "offset", offset));
    }

    /** A connection that shows this on its connect; the answer is next. */
    private static RawClient comeBack(Map<String, String> auth) {
        return comeBack(bridge, auth);
    }

    private static RawClient comeBack(Bridge node, Map<String, String> auth) {
        RawClient client = node.shakeHandsRaw();
        client.send("40" + Json.write(auth));
        return client;
    }

    @Test
    void nodeThatStartsLaterKnowsWhatWasRevoked() {
        String stolen = provider.token("fritz", claims -> claims.jwtID("stolen from fritz"));
        revoke("jti:stolen from fritz", "{}");
        try (Bridge late = Bridge.on(topic, settings(true)).start()) {
            assertThat(late.management("/actuator/health/readiness").statusCode())
                    .isEqualTo(200);
            assertThat(late.begin(ClientKind.NODE_4_WEBSOCKET, url(late), auth(stolen))
                            .awaitRefusal()
                            .data()
                            .path("code")
                            .asString())
                    .isEqualTo("revoked_token");
        }
    }

    @Test
    void nodeThatCannotReadTheRevocationsLetsNobodyIn() {
        Map<String, Object> settings = settings(true);
        settings.put("push.auth.revocation-topic", "no-such-topic");
        Bridge node = Bridge.on(topic, settings);
        node.launch();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(
                            () -> assertThat(node.management("/actuator/health").body())
                                    .contains("\"waitingFor\":\"topic no-such-topic\""));
            assertThat(node.management("/actuator/health/readiness").statusCode())
                    .isEqualTo(503);
            assertThat(node.begin(ClientKind.NODE_4_WEBSOCKET, url(node), auth(provider.token("anna")))
                            .awaitRefusal()
                            .data()
                            .path("code")
                            .asString())
                    .isEqualTo("unavailable");
        } finally {
            node.abandon();
        }
    }

    private static String expired(String subject) {
        return until(subject, Instant.now().minusSeconds(1));
    }

    private static String until(String subject, Instant end) {
        return provider.token(
                subject,
                claims -> claims.issueTime(Date.from(end.minusSeconds(60))).expirationTime(Date.from(end)));
    }

    private static Client connected(Bridge node, String token) {
        Client client = node.begin(ClientKind.NODE_4_WEBSOCKET, url(node), auth(token));
        String ignored = client.id();
        return client;
    }

    private static Map<String, Object> auth(String token) {
        return Map.of("auth", Map.of("token", token));
    }

    private static String url(Bridge node) {
        return "http://127.0.0.1:" + node.socketPort();
    }

    private static JsonNode login(Client client, String token, String tokenId) {
        return client.ask("user_login", Json.write(Map.of("token", token, "tokenId", tokenId)));
    }

    private static String nextPush(Client client) {
        Client.Received next = client.next();
        while (!next.event().equals("receive_message")) {
            next = client.next();
        }
        return next.args().get(0).path("data").asString();
    }

    private static void revoke(String key, @Nullable String value) {
        revocations.send(key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
    }

    private static void push(String token, String data) {
        topic.send("{\"tokens\": [" + Json.write(token) + "], \"data\": " + Json.write(data) + "}");
    }
}
