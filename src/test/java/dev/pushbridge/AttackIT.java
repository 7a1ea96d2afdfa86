package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Provider;
import dev.pushbridge.testkit.RawClient;
import dev.pushbridge.testkit.RawSocket;
import dev.pushbridge.testkit.Topic;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Attempts at what belongs to anna, each by its name and with what must come of it. Whatever it was, at its end anna gets a
 * push that is for her, and the attacker has got nothing.
 */
final class AttackIT {
    private static final Provider provider = new Provider();
    /** Whom tokens that point at a key of their own would have the bridge ask. */
    private static final Provider mallorysProvider = new Provider();

    private static final ECKey mallorysKey = mallorysProvider.key();
    private static final Topic revocations = Topic.create();

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(settings());

    private final List<RawClient> attackers = new ArrayList<>();
    private Client anna;

    private static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(provider.settings());
        settings.put("push.auth.revocation-topic", revocations.name());
        settings.put("push.socket.new-user", true);
        settings.put("push.socket.limits.connections-per-address", 64);
        settings.put("push.socket.limits.request-timeout", "1s");
        settings.put("push.socket.limits.header-size", "4KB");
        // Sessions that an attacker has left behind are over soon.
        settings.put("push.socket.ping-interval", "1s");
        settings.put("push.socket.ping-timeout", "2s");
        return settings;
    }

    @AfterAll
    static void stop() {
        provider.close();
        mallorysProvider.close();
    }

    @BeforeEach
    void annaIsLoggedIn() {
        anna = bridge.begin(
                ClientKind.NODE_4_WEBSOCKET,
                "http://127.0.0.1:" + bridge.socketPort(),
                Map.of("auth", Map.of("token", provider.token("anna"))));
        String ignored = anna.id();
    }

    /** The push comes later than everything that the attempt could have led to. */
    @AfterEach
    void annaHasHersAndTheAttackerNothing() {
        push("anna", "for anna only");
        assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo("for anna only");
        assertThat(anna.unread()).isEmpty();
        for (RawClient attacker : attackers) {
            assertThat(attacker.unread()).noneMatch(packet -> packet.contains("for anna"));
        }
    }

    // ---- tokens

    static Stream<Arguments> tokens() throws Exception {
        String good = provider.token("anna");
        String[] parts = good.split("\\.", -1);
        JWTClaimsSet claims = Provider.claims("anna").build();
        ECKey key = provider.key();
        JWSHeader header = header(key).build();
        Instant now = Instant.now();
        return Stream.of(
                forged("signed with a key of the attacker's own", Provider.sign(header, mallorysKey, claims)),
                ofUnknownKey("signed with a key that nobody knows", Provider.sign(mallorysKey, claims)),
                forged("without a signature", parts[0] + "." + parts[1] + "."),
                forged("with the signature of another token", parts[0] + "." + parts[1] + "." + signatureOf("ben")),
                forged("with one bit of the signature changed", flipped(good)),
                forged("alg none", unsigned("none", claims)),
                forged("alg None", unsigned("None", claims)),
                forged("alg nOnE with a signature", unsigned("nOnE", claims) + parts[2]),
                forged(
                        "alg HS256 with the public key as its secret",
                        hmac(key.toPublicKey().getEncoded())),
                forged(
                        "alg HS256 with the published keys as its secret",
                        hmac(key.toPublicJWK().toString().getBytes(UTF_8))),
                forged("alg HS256 with zeros as its secret", hmac(new byte[32])),
                forged("alg that does not exist", unsigned("XX256", claims) + parts[2]),
                forged("zeros as the signature of ES256", parts[0] + "." + parts[1] + "." + base64(new byte[64])),
                forged(
                        "other claims under a good signature",
                        parts[0] + "." + json(claims.toString()) + "." + signatureOf("mallory")),
                forged(
                        "its own key in the header",
                        Provider.sign(header(key).jwk(mallorysKey.toPublicJWK()).build(), mallorysKey, claims)),
                ofUnknownKey(
                        "its own provider in the header",
                        Provider.sign(
                                header(mallorysKey)
                                        .jwkURL(URI.create(mallorysProvider.keysUri()))
                                        .build(),
                                mallorysKey,
                                claims)),
                ofUnknownKey(
                        "a certificate's address in the header",
                        Provider.sign(
                                header(mallorysKey)
                                        .x509CertURL(URI.create(mallorysProvider.keysUri()))
                                        .build(),
                                mallorysKey,
                                claims)),
                ofUnknownKey(
                        "kid that is a path",
                        Provider.sign(
                                new JWSHeader.Builder(JWSAlgorithm.ES256)
                                        .keyID("../../../dev/null")
                                        .build(),
                                mallorysKey,
                                claims)),
                ofUnknownKey(
                        "kid that is a query",
                        Provider.sign(
                                new JWSHeader.Builder(JWSAlgorithm.ES256)
                                        .keyID("' or 1=1 --")
                                        .build(),
                                mallorysKey,
                                claims)),
                forged(
                        "critical header that nobody understands",
                        Provider.sign(
                                header(key)
                                        .criticalParams(Set.of("mallory"))
                                        .customParam("mallory", 1)
                                        .build(),
                                key,
                                claims)),
                forged(
                        "token of another kind, by its typ",
                        Provider.sign(
                                header(key)
                                        .type(new JOSEObjectType("logout+jwt"))
                                        .build(),
                                key,
                                claims)),
                forged("for another audience", changed(c -> c.audience("another-service"))),
                forged("for no audience", changed(c -> c.audience((String) null))),
                forged("of another issuer", changed(c -> c.issuer("https://mallory.example"))),
                forged("of an issuer that begins alike", changed(c -> c.issuer(Provider.ISSUER + ".mallory.example"))),
                forged("of no issuer", changed(c -> c.issuer(null))),
                expired(
                        "expired",
                        changed(c -> c.issueTime(Date.from(now.minusSeconds(7200)))
                                .expirationTime(Date.from(now.minusSeconds(60))))),
                forged("not yet valid", changed(c -> c.notBeforeTime(Date.from(now.plusSeconds(600))))),
                forged("without an end", changed(c -> c.expirationTime(null))),
                forged("with a text as its end", changed(c -> c.claim("exp", "never"))),
                forged("with an end before its begin", changed(c -> c.expirationTime(Date.from(now.minusSeconds(1))))),
                forged("of nobody", changed(c -> c.subject(null))),
                forged("of several at once", changed(c -> c.claim("sub", List.of("anna", "ben")))),
                forged("of an object", changed(c -> c.claim("sub", Map.of("tokenId", "anna")))),
                forged("of a name that is too long", changed(c -> c.subject("a".repeat(257)))),
                forged("encrypted", encrypted(key, claims)),
                forged("of 13 KB, with a good signature", changed(c -> c.claim("more", "x".repeat(10_000)))),
                forged("of 8 KB of brackets", json("[".repeat(5000)) + "." + parts[1] + "." + parts[2]),
                forged(
                        "deep claims under a foreign signature",
                        parts[0] + "." + json("{\"sub\":" + "[".repeat(3000) + "]".repeat(3000) + "}") + "."
                                + parts[2]),
                forged(
                        "in JSON instead of the compact form",
                        "{\"payload\":\"" + parts[1] + "\",\"signatures\":[{\"protected\":\"" + parts[0]
                                + "\",\"signature\":\"" + parts[2] + "\"}]}"),
                forged("two tokens in one", good + " " + good),
                forged("five parts", good + ".a.b"),
                forged("no token at all", "anna"),
                forged("control characters", "\u0000\r\n\u001b[31m" + good));
    }

    private static Arguments forged(String name, String token) {
        return arguments(name, Set.of("invalid_token"), token);
    }

    private static Arguments expired(String name, String token) {
        return arguments(name, Set.of("expired_token"), token);
    }

    /** After some of these the provider is not asked any more for a while: what is unknown stays out all the same. */
    private static Arguments ofUnknownKey(String name, String token) {
        return arguments(name, Set.of("invalid_token", "unavailable"), token);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokens")
    void tokenThatIsNotGoodIsRefusedAtBothDoors(String name, Set<String> codes, String token) {
        RawClient byLogin = attacker();
        byLogin.send("421[\"user_login\"," + Json.write(Map.of("token", token, "tokenId", "anna")) + "]");
        JsonNode ack = Json.parse(byLogin.next().substring("431".length())).get(0);
        assertThat(ack.path("ok").asBoolean()).isFalse();
        assertThat(ack.path("code").asString()).isIn(codes);
        assertSaysNoMore(ack.path("error").asString());

        RawClient byHandshake = stranger();
        byHandshake.send("40" + Json.write(Map.of("token", token)));
        String answer = byHandshake.next();
        assertThat(answer).startsWith("44{");
        JsonNode error = Json.parse(answer.substring(2));
        assertThat(error.at("/data/code").asString()).isIn(codes);
        assertSaysNoMore(error.path("message").asString());

        assertThat(mallorysProvider.asked())
                .as("questions to the attacker's own provider")
                .isZero();
    }

    /** Nothing of why, of the token, or of the bridge. */
    private static void assertSaysNoMore(String message) {
        assertThat(message).isIn("token: not valid here", "token: expired", "token: cannot be checked now, try again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "7", "true", "[]", "{}", "[\"a.b.c\"]", "\"\""})
    void whatIsNoStringIsNoToken(String token) {
        RawClient attacker = attacker();

        attacker.send("421[\"user_login\",{\"token\":" + token + ",\"tokenId\":\"anna\"}]");

        assertThat(attacker.next()).startsWith("431[{\"ok\":false").contains("\"code\":\"no_token\"");
    }

    @Test
    void loginAsAnotherUserIsRefused() {
        RawClient mallory = loggedIn("mallory");

        mallory.send("421[\"user_login\"," + Json.write(Map.of("token", provider.token("mallory"), "tokenId", "anna"))
                + "]");
        assertThat(mallory.next()).contains("\"code\":\"other_token_id\"");
        mallory.send("422[\"user_login\",{\"tokenId\":\"anna\",\"userId\":\"anna\"}]");
        assertThat(mallory.next()).contains("\"code\":\"no_token\"");
    }

    @Test
    void prototypeAndDuplicateFieldsAreNoWayAround() {
        RawClient mallory = attacker();
        String token = Json.write(provider.token("mallory"));

        mallory.send("421[\"user_login\",{\"__proto__\":{\"tokenId\":\"anna\"},\"token\":" + token + "}]");
        assertThat(mallory.next()).contains("\"ok\":true");
        // Whichever of the two is taken, it is the one that is checked.
        for (String twice : List.of("\"anna\",\"tokenId\":\"mallory\"", "\"mallory\",\"tokenId\":\"anna\"")) {
            mallory.send("422[\"user_login\",{\"token\":" + token + ",\"tokenId\":" + twice + "}]");
            assertThat(mallory.next()).startsWith("432[");
            push("mallory", "for mallory");
            assertThat(mallory.next()).contains("for mallory");
        }
    }

    @Test
    void revokedTokenIsRefusedHoweverOftenItIsReplayed() {
        String stolen = provider.token("anna", claims -> claims.jwtID("stolen"));
        revocations.send("jti:stolen".getBytes(UTF_8), "{}".getBytes(UTF_8));
        bridge.await(Meters.REVOCATIONS_HELD, 1);

        for (int i = 0; i < 3; i++) {
            RawClient thief = attacker();
            thief.send("421[\"user_login\",{\"token\":" + Json.write(stolen) + "}]");
            assertThat(thief.next()).contains("\"code\":\"revoked_token\"");
        }
    }

    // ---- sessions

    @Test
    void socketIdOfTheVictimIsNotBelieved() {
        RawClient mallory = attacker();

        mallory.send("421[\"user_login\","
                + Json.write(Map.of("token", provider.token("mallory"), "socketId", anna.id())) + "]");

        assertThat(mallory.next()).contains("\"ok\":true").contains("\"sessions\":1");
    }

    @Test
    void socketIdOfTheVictimIsNoKeyToHerSession() {
        assertOpensNothing(anna.id());
    }

    /** Which is a secret while a session polls, and of no use to anybody once it is a WebSocket. */
    @Test
    void engineIdOfTheVictimIsNoKeyToHerSession() {
        try (RawSocket victim = RawSocket.open(bridge.socketPort())) {
            victim.upgrade("/socket.io/?EIO=4&transport=websocket");
            assertThat(victim.status()).isEqualTo(101);
            String open = victim.read(60);
            String id = open.replaceFirst("(?s).*\"sid\":\"([^\"]+)\".*", "$1");
            assertThat(id).hasSize(20);
            assertOpensNothing(id);
        }
    }

    /** The push to anna comes while the thief is there. */
    private void assertOpensNothing(String id) {
        String query = "&sid=" + id;
        try (RawSocket thief = RawSocket.open(bridge.socketPort())) {
            assertThat(thief.get("/socket.io/?EIO=4&transport=polling" + query).status())
                    .isEqualTo(400);
        }
        try (RawSocket thief = RawSocket.open(bridge.socketPort())) {
            assertThat(thief.request("POST", "/socket.io/?EIO=4&transport=polling" + query, "1")
                            .status())
                    .isEqualTo(400);
        }
        try (RawSocket thief = RawSocket.open(bridge.socketPort())) {
            thief.upgrade("/socket.io/?EIO=4&transport=websocket" + query);
            assertThat(thief.status()).isEqualTo(101);
            push("anna", "while the thief is there");
            assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo("while the thief is there");
            assertThat(thief.rest()).doesNotContain("while the thief is there");
        }
    }

    @Test
    void strangerHearsNoPushAndNoNewcomerAndJoinsNothing() {
        RawClient stranger = attacker();
        RawClient ben = loggedIn("ben");
        push("ben", "for ben");
        assertThat(ben.next()).contains("for ben");

        stranger.send("40/admin,");
        assertThat(stranger.next()).isEqualTo("44/admin,{\"message\":\"Invalid namespace\"}");
        stranger.send("421[\"user_logout\"]");
        assertThat(stranger.next()).startsWith("431[{\"ok\":false");
        stranger.send("423[\"message_received\",\"AQAAAAcBAg\"]");
        assertThat(stranger.next()).startsWith("433[{\"ok\":false");
        stranger.send("422[\"receive_message\",{\"tokens\":[\"anna\"]}]");
        assertThat(stranger.next()).startsWith("432[{\"ok\":false");
        assertThat(stranger.unread()).isEmpty();
    }

    @Test
    void cursorOfAnotherUserReplaysNothingOfHers() {
        push("anna", "tells the cursor");
        String cursor = nextPush(anna).args().get(1).asString();
        push("anna", "since then");
        assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo("since then");
        RawClient mallory = attacker();

        mallory.send(
                "421[\"user_login\"," + Json.write(Map.of("token", provider.token("mallory"), "cursor", cursor)) + "]");

        assertThat(mallory.next())
                .contains("\"ok\":true")
                .contains("\"recovered\":true")
                .contains("\"replayed\":0");
        push("mallory", "for mallory");
        assertThat(awaitPush(mallory)).contains("for mallory").doesNotContain("since then");
    }

    /** Hers says which session she had; with his own token it recovers nothing, and takes nothing from her. */
    @Test
    void pidOfTheVictimReplaysNothingOfHers() {
        RawClient her = stranger();
        her.send("40" + Json.write(Map.of("token", provider.token("anna"))));
        String pid =
                Json.parse(awaitPacket(her, "40{").substring(2)).path("pid").asString();
        push("anna", "tells the cursor");
        String cursor = Json.parse(awaitPush(her).substring(2)).path(2).asString();
        push("anna", "since then");
        assertThat(awaitPush(her)).contains("since then");
        attackers.remove(her);
        for (String data : List.of("tells the cursor", "since then")) {
            assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo(data);
        }

        RawClient mallory = stranger();
        mallory.send("40" + Json.write(Map.of("token", provider.token("mallory"), "pid", pid, "offset", cursor)));
        assertThat(awaitPacket(mallory, "40{")).doesNotContain(pid);
        push("mallory", "for mallory");
        assertThat(awaitPush(mallory)).contains("for mallory").doesNotContain("since then");
        push("anna", "she is still there");
        assertThat(awaitPush(her)).contains("she is still there");
        assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo("she is still there");

        RawClient nobody = stranger();
        nobody.send("40" + Json.write(Map.of("token", "a.b.c", "pid", pid, "offset", cursor)));
        assertThat(nobody.next()).startsWith("44{").contains("invalid_token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/anna", "/admin", "//", "/%2f", "/socket.io"})
    void otherNamespaceIsNoDoor(String namespace) {
        RawClient mallory = loggedIn("mallory");

        mallory.send("40" + namespace + ",{\"tokenId\":\"anna\"}");
        assertThat(mallory.next()).isEqualTo("44" + namespace + ",{\"message\":\"Invalid namespace\"}");
        push("anna", "by no namespace");
        assertThat(nextPush(anna).args().get(0).path("data").asString()).isEqualTo("by no namespace");
        push("mallory", "for mallory");
        assertThat(mallory.next()).contains("for mallory");
        mallory.send("42" + namespace + ",1[\"user_login\",{\"tokenId\":\"anna\"}]");
        assertThat(mallory.awaitClose()).isEqualTo(SessionEnd.PROTOCOL.closeCode());
    }

    /** The account is another one from the answer on; what comes for the one before is not his any more. */
    @Test
    void changeOfTheAccountOnALiveConnectionTakesNothingAlong() {
        RawClient mallory = loggedIn("ben");
        push("ben", "for ben");
        String push = mallory.next();
        assertThat(push).contains("for ben");
        String cursor = Json.parse(push.substring(2)).path(2).asString();
        mallory.send(
                "421[\"user_login\"," + Json.write(Map.of("token", provider.token("mallory"), "cursor", cursor)) + "]");
        assertThat(mallory.next()).contains("\"ok\":true").contains("\"replaced\":true");

        push("ben", "for ben only");
        push("mallory", "for mallory");

        assertThat(mallory.next()).contains("for mallory");
    }

    // ---- pages

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://127.0.0.1.evil.example",
                "http://evil@127.0.0.1",
                "file://"
            })
    void pageOfAnotherHostGetsInByNoDoor(String origin) {
        String header = "Origin: " + origin;
        try (RawSocket page = RawSocket.open(bridge.socketPort())) {
            assertThat(page.get("/socket.io/?EIO=4&transport=polling", header).status())
                    .isEqualTo(403);
        }
        try (RawSocket page = RawSocket.open(bridge.socketPort())) {
            assertThat(page.upgrade("/socket.io/?EIO=4&transport=websocket", header)
                            .status())
                    .isEqualTo(403);
        }
        try (RawSocket page = RawSocket.open(bridge.socketPort())) {
            page.send("OPTIONS /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header
                    + "\r\nAccess-Control-Request-Method: POST\r\n\r\n");
            assertThat(page.head()).startsWith("HTTP/1.1 403").doesNotContain("access-control-allow-origin");
        }
    }

    // ---- floods and slowness

    @Test
    void floodOfLoginsEndsItsOwnConnectionOnly() {
        long floods = bridge.figures().of(Meters.SESSIONS_ENDED, SessionEnd.FLOOD.word());
        RawClient mallory = loggedIn("mallory");
        RawClient attacker = attacker();
        for (int i = 0; i < 300; i++) {
            try {
                attacker.send("42" + i + "[\"user_login\",{\"token\":\"a.b.c\"}]");
            } catch (RuntimeException closed) {
                break;
            }
        }
        bridge.await(Meters.SESSIONS_ENDED, SessionEnd.FLOOD.word(), floods + 1);
        push("mallory", "still here");
        assertThat(awaitPush(mallory)).contains("still here");
    }

    /**
     * The limit is 64, of which anna has one. What a connection says of its address counts from a trusted proxy only, of
     * which there is none: each in disguise is one of the same address all the same.
     */
    @ParameterizedTest
    @ValueSource(strings = {"no disguise", "X-Forwarded-For", "Forwarded", "X-Real-IP", "PROXY"})
    void floodOfConnectionsFromOneAddressIsCutOff(String disguise) {
        long before = bridge.figures().of(Meters.REQUESTS_REFUSED, "address");
        List<RawSocket> flood = new ArrayList<>();
        try {
            int letIn = 0;
            for (int i = 0; i < 80; i++) {
                RawSocket connection = RawSocket.open(bridge.socketPort());
                flood.add(connection);
                letIn += isAnswered(connection, disguise, "203.0.113." + i) ? 1 : 0;
            }
            assertThat(letIn).isEqualTo(64 - 1);
            bridge.await(Meters.REQUESTS_REFUSED, "address", before + 80 - letIn);
        } finally {
            flood.forEach(RawSocket::close);
        }
        bridge.await(Meters.CONNECTIONS, 1);
    }

    /** Of the same address, or of another one by its own word; the request is one that opens no session. */
    private static boolean isAnswered(RawSocket connection, String disguise, String address) {
        String poll = "/socket.io/?EIO=4&transport=polling&sid=nobody";
        try {
            switch (disguise) {
                case "no disguise" -> connection.get(poll);
                case "PROXY" ->
                    connection
                            .send("PROXY TCP4 " + address + " 127.0.0.1 1 2\r\n")
                            .get(poll);
                case "Forwarded" -> connection.get(poll, "Forwarded: for=" + address);
                default -> connection.get(poll, disguise + ": " + address);
            }
            return connection.status() == 400;
        } catch (UncheckedIOException e) {
            assertThat(e.getCause()).as("the end of the connection").isInstanceOf(SocketException.class);
            return false;
        }
    }

    @Test
    void requestThatComesByteByByteIsGivenUp() {
        try (RawSocket slow = RawSocket.open(bridge.socketPort())) {
            long before = bridge.figures().of(Meters.REQUESTS_REFUSED, "timeout");
            slow.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n");
            Thread drip = new Thread(() -> {
                try {
                    while (true) {
                        slow.send("X");
                        LockSupport.parkNanos(100_000_000);
                    }
                } catch (RuntimeException closed) {
                    // as it should be
                }
            });
            drip.start();
            assertThat(slow.head()).doesNotStartWith("HTTP/1.1 200");
            bridge.await(Meters.REQUESTS_REFUSED, "timeout", before + 1);
        }
    }

    @Test
    void giantHeaderIsRefused() {
        try (RawSocket giant = RawSocket.open(bridge.socketPort())) {
            assertThat(giant.get("/socket.io/?EIO=4&transport=polling", "X: " + "x".repeat(8000))
                            .status())
                    .isEqualTo(431);
        }
        try (RawSocket giant = RawSocket.open(bridge.socketPort())) {
            assertThat(giant.get("/socket.io/?EIO=4&transport=polling&x=" + "x".repeat(8000))
                            .status())
                    .isEqualTo(431);
        }
    }

    @Test
    void requestOfTwoLengthsIsNotServedTwice() {
        try (RawSocket smuggler = RawSocket.open(bridge.socketPort())) {
            smuggler.send("""
                    POST /socket.io/?EIO=4&transport=polling HTTP/1.1
                    Host: 127.0.0.1
                    Content-Length: 4
                    Transfer-Encoding: chunked

                    0

                    GET /socket.io/?EIO=4&transport=polling HTTP/1.1
                    Host: 127.0.0.1

                    """.replace("\n", "\r\n"));
            assertThat(smuggler.rest()).doesNotContain("200 OK");
        }
    }

    @Test
    void frameWithoutAMaskAndFrameThatIsTooLargeEndTheConnection() {
        assertEnds(SessionEnd.PROTOCOL, (byte) 0x81, (byte) 2, (byte) '4', (byte) '0');
        byte[] of4GB = {(byte) 0x82, (byte) 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
        assertEnds(SessionEnd.TOO_LARGE, of4GB);
    }

    private static void assertEnds(SessionEnd end, byte... frame) {
        long before = bridge.figures().of(Meters.SESSIONS_ENDED, end.word());
        try (RawSocket attacker = RawSocket.open(bridge.socketPort())) {
            attacker.upgrade("/socket.io/?EIO=4&transport=websocket");
            assertThat(attacker.status()).isEqualTo(101);
            attacker.send(frame);
            assertThat(attacker.rest()).contains("sid").doesNotContain("40{");
            bridge.await(Meters.SESSIONS_ENDED, end.word(), before + 1);
        }
    }

    // ---- the other doors

    @Test
    void managementPortAnswersNoForeignPageAndListsNoTokens() {
        try (RawSocket page = RawSocket.open(bridge.managementPort())) {
            assertThat(page.get("/actuator/health", "Origin: https://evil.example")
                            .status())
                    .isEqualTo(403);
        }
        for (String path : List.of(
                "push/sessions", "env", "configprops", "heapdump", "threaddump", "shutdown", "loggers", "beans")) {
            assertThat(bridge.management("/actuator/" + path).statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    // ---- tools

    private RawClient stranger() {
        RawClient client = bridge.shakeHandsRaw();
        attackers.add(client);
        return client;
    }

    private RawClient attacker() {
        RawClient client = bridge.openRaw();
        attackers.add(client);
        return client;
    }

    private RawClient loggedIn(String subject) {
        RawClient client = attacker();
        client.send("420[\"user_login\",{\"token\":" + Json.write(provider.token(subject)) + "}]");
        assertThat(client.next()).startsWith("430[{\"ok\":true");
        return client;
    }

    private static Client.Received nextPush(Client client) {
        Client.Received next = client.next();
        while (!next.event().equals("receive_message")) {
            next = client.next();
        }
        return next;
    }

    private static String awaitPush(RawClient client) {
        return awaitPacket(client, "42[\"receive_message\"");
    }

    /** Also where it is somebody whom newcomers are announced to. */
    private static String awaitPacket(RawClient client, String begin) {
        String packet = client.next();
        while (!packet.startsWith(begin)) {
            packet = client.next();
        }
        return packet;
    }

    private static void push(String token, String data) {
        bridge.topic().send("{\"tokens\": [" + Json.write(token) + "], \"data\": " + Json.write(data) + "}");
    }

    private static String changed(UnaryOperator<JWTClaimsSet.Builder> change) {
        return provider.token("anna", change);
    }

    private static JWSHeader.Builder header(ECKey key) {
        return new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID());
    }

    private static String signatureOf(String subject) {
        return provider.token(subject).split("\\.", -1)[2];
    }

    private static String flipped(String token) {
        int at = token.lastIndexOf('.') + 10;
        return token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
    }

    private static String unsigned(String algorithm, JWTClaimsSet claims) {
        return json("{\"alg\":\"" + algorithm + "\"}") + "." + json(claims.toString()) + ".";
    }

    private static String hmac(byte[] secret) throws Exception {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                        .keyID(provider.key().getKeyID())
                        .build(),
                Provider.claims("anna").build());
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    private static String encrypted(ECKey key, JWTClaimsSet claims) throws Exception {
        JWEObject jwe = new JWEObject(
                new JWEHeader.Builder(JWEAlgorithm.ECDH_ES_A128KW, EncryptionMethod.A128GCM)
                        .keyID(key.getKeyID())
                        .build(),
                new Payload(claims.toString()));
        jwe.encrypt(new ECDHEncrypter(key.toECPublicKey()));
        return jwe.serialize();
    }

    private static String json(String text) {
        return base64(text.getBytes(UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
