package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What Socket.IO's protocol 5, and 4 for clients 2.x, asks of a server, rule by rule, on the wire. */
final class SocketProtocolTest {
    private static final SocketServer server = SuiteServer.of(TestSettings.with("shutdown-grace", "0s"));
    private static final SocketServer impatient = SuiteServer.of(
            TestSettings.with("ping-interval", "150ms", "limits.connect-timeout", "2s", "shutdown-grace", "0s"));

    @BeforeAll
    static void start() {
        server.start();
        impatient.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
        impatient.stop();
    }

    // ---- connect

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    40                         | 40         | 42["auth",{}]
                    40{}                       | 40         | 42["auth",{}]
                    40{"token":"123"}          | 40         | 42["auth",{"token":"123"}]
                    40/custom                  | 40/custom, | 42/custom,["auth",{}]
                    40/custom,                 | 40/custom, | 42/custom,["auth",{}]
                    40/custom,{"token":"abc"}  | 40/custom, | 42/custom,["auth",{"token":"abc"}]
                    """)
    void clientIsToldItsIdAndTheApplicationSeesItsAuth(String connect, String joined, String auth) {
        try (Wire wire = Wire.v4(server.port())) {
            String answer = wire.send(connect).next();
            assertThat(answer).startsWith(joined + "{");
            JsonNode told = Json.parse(answer.substring(joined.length()));
            assertThat(told.path("sid").asString()).hasSizeGreaterThanOrEqualTo(20);
            assertThat(wire.next()).isEqualTo(auth);
        }
    }

    /** Who knows the one, which the client hands around, cannot poll with it. */
    @Test
    void idOfTheSocketIsNotThatOfTheSession() {
        try (Wire wire = Wire.open(server.port(), "/socket.io/?EIO=4&transport=websocket")) {
            String session = Json.parse(wire.next().substring(1)).path("sid").asString();
            String socket =
                    Json.parse(wire.send("40").next().substring(2)).path("sid").asString();
            assertThat(socket).isNotEqualTo(session);
        }
    }

    @Test
    void unknownNamespaceIsRefusedAndTheOthersStay() {
        try (Wire wire = joined()) {
            assertThat(wire.send("40/random").next()).isEqualTo("44/random,{\"message\":\"Invalid namespace\"}");
            assertThat(wire.send("42[\"message\",1]").next()).isEqualTo("42[\"message-back\",1]");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4abc", "40[]", "40\"token\"", "40{", "42[\"message\",1]", "41", "430[]"})
    void firstPacketThatIsNoConnectEndsTheSession(String packet) {
        try (Wire wire = Wire.v4(server.port())) {
            assertThat(wire.send(packet).closed()).isEqualTo("1002 protocol");
        }
    }

    @Test
    void clientThatJoinsNothingIsSentAway() {
        try (Wire wire = Wire.v4(impatient.port())) {
            assertThat(wire.closed()).isEqualTo("4002 connect_timeout");
        }
    }

    @Test
    void namespaceIsJoinedOnce() {
        try (Wire wire = joined()) {
            assertThat(wire.send("40").closed()).isEqualTo("1002 protocol");
        }
    }

    // ---- disconnect

    @Test
    void sessionOutlivesItsNamespace() {
        try (Wire wire = Wire.withPings(impatient.port(), "/socket.io/?EIO=4&transport=websocket")) {
            assertThat(wire.next()).startsWith("0{");
            assertThat(wire.send("40").next()).startsWith("40{");
            assertThat(wire.next()).startsWith("42[\"auth\"");
            wire.send("41");
            assertThat(wire.next()).isEqualTo("2");
            assertThat(wire.send("3").send("40").next()).startsWith("40{");
        }
    }

    @Test
    void oneNamespaceIsLeftAndTheOtherStays() {
        try (Wire wire = joined()) {
            assertThat(wire.send("40/custom").next()).startsWith("40/custom,{");
            assertThat(wire.next()).startsWith("42/custom,[\"auth\"");
            wire.send("41/custom").send("42[\"message\",\"to the main namespace\"]");
            assertThat(wire.next()).isEqualTo("42[\"message-back\",\"to the main namespace\"]");
            assertThat(wire.send("42/custom,[\"message\"]").closed()).isEqualTo("1002 protocol");
        }
    }

    // ---- events and acks

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1,\"2\",{\"3\":[true]}",
                "null,-0.5,[[]],\"\"",
                "\"\u00e4\u2028\ud83d\udc4b\\u0000\"",
                "{\"_placeholder\":false}"
            })
    void eventComesAndGoesWithItsArguments(String arguments) {
        try (Wire wire = joined()) {
            assertThat(wire.send("42[\"message\"," + arguments + "]").next())
                    .isEqualTo("42[\"message-back\"," + arguments + "]");
        }
    }

    @Test
    void eventWithAnIdIsAnsweredUnderIt() {
        try (Wire wire = joined()) {
            assertThat(wire.send("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]")
                            .next())
                    .isEqualTo("43456[1,\"2\",{\"3\":[false]}]");
            wire.send("42[\"message-with-ack\",1]").send("420[\"message-with-ack\"]");
            assertThat(wire.next()).as("no answer where none was asked for").isEqualTo("430[]");
        }
    }

    @Test
    void serverAsksAndHearsTheAnswerOnce() {
        try (Wire wire = joined()) {
            assertThat(wire.send("42[\"ask\",7]").next()).isEqualTo("420[\"question\",7]");
            wire.send("430[\"yes\"]").send("430[\"again\"]").send("4399[\"never asked\"]");
            assertThat(wire.next()).isEqualTo("42[\"answer\",[\"yes\"]]");
            assertThat(wire.send("42[\"ask\"]").next()).isEqualTo("421[\"question\"]");
        }
    }

    @Test
    void binaryFollowsItsEvent() {
        try (Wire wire = joined()) {
            wire.send("452-[\"message\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]")
                    .send(new byte[] {1, 2, 3})
                    .send(new byte[] {4, 5, 6});
            assertThat(List.of(wire.next(), wire.next(), wire.next()))
                    .containsExactly(
                            "452-[\"message-back\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
                            "<040506>",
                            "<010203>");
        }
    }

    @Test
    void binaryFollowsItsAck() {
        try (Wire wire = joined()) {
            wire.send("451-789[\"message-with-ack\",{\"_placeholder\":true,\"num\":0}]")
                    .send(new byte[] {1, 2, 3});
            assertThat(List.of(wire.next(), wire.next()))
                    .containsExactly("461-789[{\"_placeholder\":true,\"num\":0}]", "<010203>");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4abc",
                "4",
                "47[\"message\"]",
                "44{\"message\":\"the server's to send\"}",
                "42",
                "42{}",
                "42[]",
                "42[true]",
                "42[\"connect\"]",
                "42[\"message\"",
                "42[\"message\"]]",
                "42abc[\"message-with-ack\",1]",
                "421234567890123456789[\"message-with-ack\"]",
                "43[1]",
                "41{}",
                "45[\"message\"]",
                "45x-[\"message\"]",
                "4599999-[\"message\"]",
                "42/other,[\"message\"]"
            })
    void packetThatIsNoneEndsTheSession(String packet) {
        try (Wire wire = joined()) {
            assertThat(wire.send(packet).closed()).isEqualTo("1002 protocol");
        }
    }

    @Test
    void attachmentThatBelongsToNothingEndsTheSession() {
        try (Wire wire = joined()) {
            assertThat(wire.send(new byte[] {1}).closed()).isEqualTo("1002 protocol");
        }
    }

    @Test
    void textWhereAnAttachmentIsDueEndsTheSession() {
        try (Wire wire = joined()) {
            wire.send("451-[\"message\",{\"_placeholder\":true,\"num\":0}]").send("42[\"message\"]");
            assertThat(wire.closed()).isEqualTo("1002 protocol");
        }
    }

    // ---- protocol 4, clients 2.x

    @Test
    void oldClientIsInTheMainNamespaceWithoutAsking() {
        try (Wire wire = Wire.v3(server.port())) {
            assertThat(wire.next()).isEqualTo("42[\"auth\",{}]");
            assertThat(wire.send("427[\"message-with-ack\",\"\ud83d\udc4b\"]").next())
                    .isEqualTo("437[\"\ud83d\udc4b\"]");
        }
    }

    @Test
    void oldClientHandsItsQueryToANamespace() {
        try (Wire wire = Wire.v3(server.port())) {
            assertThat(wire.next()).isEqualTo("42[\"auth\",{}]");
            assertThat(wire.send("40/custom?token=a%20b").next()).isEqualTo("40/custom,");
            assertThat(wire.next()).isEqualTo("42/custom,[\"auth\",{\"token\":\"a b\"}]");
            assertThat(wire.send("42/custom?token=a%20b,[\"message\",1]").next())
                    .isEqualTo("42/custom,[\"message-back\",1]");
        }
    }

    @Test
    void oldClientHearsOfARefusalAsText() {
        try (Wire wire = Wire.v3(server.port())) {
            assertThat(wire.next()).isEqualTo("42[\"auth\",{}]");
            assertThat(wire.send("40/random").next()).isEqualTo("44/random,\"Invalid namespace\"");
        }
    }

    @Test
    void oldClientsBinaryHasItsTypeBeforeIt() {
        try (Wire wire = Wire.v3(server.port())) {
            assertThat(wire.next()).isEqualTo("42[\"auth\",{}]");
            wire.send("451-[\"message\",{\"_placeholder\":true,\"num\":0}]").send(new byte[] {4, 1, 2, 3});
            assertThat(List.of(wire.next(), wire.next()))
                    .containsExactly("451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]", "<04010203>");
        }
    }

    /** In the namespace {@code /}, and past the suite's {@code auth} event. */
    private static Wire joined() {
        Wire wire = Wire.connected(server.port());
        assertThat(wire.next()).isEqualTo("42[\"auth\",{}]");
        return wire;
    }
}
