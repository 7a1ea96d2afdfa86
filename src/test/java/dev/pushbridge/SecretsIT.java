package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.SignedJWT;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Provider;
import dev.pushbridge.testkit.RawClient;
import dev.pushbridge.testkit.RawSocket;
import dev.pushbridge.testkit.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * Secrets that carry a mark go every way that leads into the bridge, at the most talkative log level; then everything that
 * came out is searched for the mark. Whoever has the token, and the topics themselves, are the only ones to see it.
 */
@ExtendWith(OutputCaptureExtension.class)
final class SecretsIT {
    private static final String MARK = "s3cr3t";
    private static final String KEY = MARK + "-key-of-more-than-thirty-two-bytes";
    private static final String ANNA = MARK + "-anna";
    private static final String JAAS =
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"push\" password=\"" + MARK
                    + "\";";

    private final Topic revocations = Topic.create();
    private final Bridge bridge = Bridge.onNewTopic(Map.of(
            "push.auth.mode",
            "jwt",
            "push.auth.jwt.secret",
            KEY,
            "push.auth.revocation-topic",
            revocations.name(),
            "push.resume.keys",
            MARK + "-key-of-the-pids-that-is-long",
            "spring.kafka.properties[sasl.jaas.config]",
            JAAS,
            "push.api.enabled",
            true,
            "logging.level.dev.pushbridge",
            "trace",
            "logging.level.org.springframework.security",
            "trace",
            "logging.level.com.nimbusds",
            "trace"));

    /** What the bridge said to clients: acks, refusals, answers. */
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void start() {
        bridge.start();
    }

    @Test
    void markedSecretsGoInAndComeOutNowhere(CapturedOutput output) throws Exception {
        String token = token(ANNA, 3600);
        RawClient anna = bridge.openRaw();
        said.add(ask(anna, Map.of("token", token, "tokenId", ANNA, "userId", "1")));
        assertThat(said.get(0)).contains("\"ok\":true");

        for (Object login : List.of(
                Map.of("token", token, "tokenId", MARK + "-ben"),
                Map.of("token", token(ANNA, -3600)),
                Map.of("token", token + MARK),
                Map.of("token", MARK),
                Map.of("token", MARK.repeat(2000)),
                Map.of("token", "\"" + MARK + "\n" + MARK),
                Map.of("tokenId", ANNA),
                Map.of("tokenId", List.of(ANNA)),
                Map.of("tokenId", MARK.repeat(100)),
                Map.of("token", token, "userId", MARK.repeat(100)),
                Map.of("token", token(MARK.repeat(100), 3600)),
                Map.of("token", List.of(token)),
                MARK)) {
            String answer = ask(bridge.openRaw(), login);
            assertThat(answer).contains("\"ok\":false");
            said.add(answer);
            RawClient byHandshake = bridge.shakeHandsRaw();
            byHandshake.send("40" + Json.write(login instanceof Map ? login : Map.of("token", login)));
            said.add(byHandshake.next());
        }

        RawClient back = bridge.shakeHandsRaw();
        back.send("40" + Json.write(Map.of("token", token, "pid", MARK, "offset", MARK)));
        said.add(back.next());
        anna.send("422[\"message_received\",\"" + MARK + "\"]");
        said.add(anna.next());
        anna.send("423[\"" + MARK + "\",{\"" + MARK + "\":1}]");
        said.add(anna.next());

        said.add(http("GET /socket.io/?EIO=4&transport=polling&token=" + token + "&sid=" + MARK, ""));
        said.add(http("GET /" + MARK, ""));
        said.add(http(
                "GET /socket.io/?EIO=4&transport=polling",
                "Origin: https://" + MARK + ".example\r\nAuthorization: Bearer " + token + "\r\n"));
        said.add(http(MARK + " / ", ""));

        String topic = bridge.topic().name();
        bridge.topic().send("{\"tokens\":[\"" + ANNA + "\"],\"data\":\"" + MARK + "-data\"}");
        assertThat(anna.next()).contains(MARK + "-data"); // hers
        for (String bad : List.of(
                // Values that are shown, because they are no secrets, carry no mark: type and occurredAt.
                MARK,
                "{\"tokens\":\"" + ANNA + "\"}",
                "{\"tokens\":[\"" + ANNA + "\",{\"a\":\"" + MARK + "\"}]}",
                "{\"tokens\":[\"" + MARK.repeat(100) + "\"]}",
                "{\"tokens\":[\"" + ANNA + "\"],\"type\":\"LIKE\"}",
                "{\"tokens\":[\"" + ANNA + "\"],\"id\":[\"" + MARK + "\"]}",
                "{\"tokens\":[\"" + ANNA + "\"],\"occurredAt\":\"noon\"}",
                "{\"tokens\":[\"" + ANNA + "\"],\"tokens\":[\"" + MARK + "\"]}")) {
            bridge.topic().send(bad);
            said.add(api(bad));
        }
        for (ConsumerRecord<byte[], byte[]> letter : bridge.topic().awaitDeadLetters(8)) {
            for (Header header : letter.headers()) {
                assertUnmarked(
                        "header " + header.key() + " of a dead letter in " + topic, new String(header.value(), UTF_8));
            }
        }

        revocations.send(MARK.getBytes(UTF_8), "{}".getBytes(UTF_8));
        revocations.send(("jti:" + MARK).getBytes(UTF_8), ("{\"" + MARK + "\":1}").getBytes(UTF_8));
        revocations.send(("token:" + ANNA).getBytes(UTF_8), ("{\"issuedBefore\":\"" + MARK + "\"}").getBytes(UTF_8));
        revocations.send(("token:" + ANNA).getBytes(UTF_8), "{}".getBytes(UTF_8));
        assertThat(anna.awaitClose()).isEqualTo(4006);
        said.add(ask(bridge.openRaw(), Map.of("token", token)));
        bridge.await(Meters.REVOCATIONS, "invalid", 3);

        said.forEach(text -> assertUnmarked("what a client was told", text));
        for (String page : List.of(
                "health", "health/readiness", "info", "prometheus", "push/sessions", "env", "configprops", MARK)) {
            assertUnmarked(page, bridge.management("/actuator/" + page).body().replace("/actuator/" + MARK, ""));
        }
        assertUnmarked("the settings", bridge.settings().toString());
        bridge.close();
        assertThat(output).contains("Logins need a JWT");
        output.getAll().lines().forEach(line -> assertUnmarked("the log", line));
    }

    private static void assertUnmarked(String where, String text) {
        assertThat(text.toLowerCase(Locale.ROOT)).as(where).doesNotContain(MARK);
    }

    private static String ask(RawClient client, Object login) {
        client.send("421[\"user_login\"," + Json.write(login) + "]");
        return client.next();
    }

    private String http(String requestLine, String headers) {
        try (RawSocket socket = RawSocket.open(bridge.socketPort())) {
            return socket.send(requestLine + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n")
                    .rest();
        }
    }

    private String api(String body) {
        try (RawSocket socket = RawSocket.open(bridge.webPort())) {
            return socket.send(
                            "POST /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                    .rest();
        }
    }

    private static String token(String subject, int seconds) throws Exception {
        Instant end = Instant.now().plusSeconds(seconds);
        SignedJWT jwt = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                Provider.claims(subject)
                        .jwtID(MARK + "-id")
                        .issueTime(Date.from(end.minusSeconds(7200)))
                        .expirationTime(Date.from(end))
                        .build());
        jwt.sign(new MACSigner(KEY));
        return jwt.serialize();
    }
}
