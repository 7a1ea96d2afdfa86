package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.RawSocket;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What Engine.IO's protocols 3 and 4 ask of a server, rule by rule, on the wire; what comes is sent back. */
final class EngineProtocolTest {
    private static final SocketServer server =
            SuiteServer.of(TestSettings.with("max-payload", "1000000B", "shutdown-grace", "0s"));
    /** The time to answer is generous where the test answers, short where it does not. */
    private static final SocketServer impatient = SuiteServer.of(
            TestSettings.with("ping-interval", "150ms", "ping-timeout", "150ms", "shutdown-grace", "0s"));

    private static final SocketServer pinging =
            SuiteServer.of(TestSettings.with("ping-interval", "150ms", "ping-timeout", "10s", "shutdown-grace", "0s"));

    @BeforeAll
    static void start() {
        Stream.of(server, impatient, pinging).forEach(SocketServer::start);
    }

    @AfterAll
    static void stop() {
        Stream.of(server, impatient, pinging).forEach(SocketServer::stop);
    }

    // ---- handshake

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void handshakeByPollingTellsTheTermsAndOffersAWebSocket(int version) {
        HttpResponse<String> answer = Poller.send(server.port(), "GET", polling(version), "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain; charset=UTF-8");
        String packet = answer.body();
        if (version == 3) {
            assertThat(packet).startsWith(packet.length() - packet.indexOf(':') - 1 + ":0{");
        } else {
            assertThat(packet).startsWith("0{");
        }
        assertTerms(packet.substring(packet.indexOf('{')), "[\"websocket\"]");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void handshakeByWebSocketTellsTheTermsAndOffersNothingElse(int version) {
        try (Wire wire = Wire.open(server.port(), webSocket(version))) {
            String packet = wire.next();
            assertThat(packet).startsWith("0{");
            assertTerms(packet.substring(1), "[]");
        }
    }

    private static void assertTerms(String json, String upgrades) {
        JsonNode terms = Json.parse(json);
        assertThat(terms.path("sid").asString()).hasSizeGreaterThanOrEqualTo(20);
        assertThat(terms).isEqualTo(Json.parse("{\"sid\":" + terms.path("sid") + ",\"upgrades\":" + upgrades + """
                ,"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GET  | transport=polling             | {"code":5,"message":"Unsupported protocol version"}
                    GET  | EIO=abc&transport=polling     | {"code":5,"message":"Unsupported protocol version"}
                    GET  | EIO=2&transport=polling       | {"code":5,"message":"Unsupported protocol version"}
                    GET  | EIO=4                         | {"code":0,"message":"Transport unknown"}
                    GET  | EIO=3&transport=abc           | {"code":0,"message":"Transport unknown"}
                    GET  | EIO=4&transport=polling&sid=x | {"code":1,"message":"Session ID unknown"}
                    POST | EIO=4&transport=polling       | {"code":2,"message":"Bad handshake method"}
                    POST | EIO=3&transport=polling       | {"code":2,"message":"Bad handshake method"}
                    PUT  | EIO=4&transport=polling       | {"code":2,"message":"Bad handshake method"}
                    """)
    void handshakeThatIsNoneIsRefusedAndBeginsNothing(String method, String query, String refusal) {
        HttpResponse<String> answer = Poller.send(server.port(), method, "/engine.io/?" + query, "");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        assertThat(answer.body()).isEqualTo(refusal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=3&transport=abc"})
    void webSocketThatIsNotOfTheProtocolIsNotOpened(String query) {
        assertThat(catchThrowable(() -> Wire.open(server.port(), "/engine.io/?" + query)))
                .hasStackTraceContaining("400");
    }

    // ---- messages

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void messageByPollingIsEchoed(int version) {
        Poller poller = Poller.open(server.port(), polling(version));

        HttpResponse<String> answer = poller.post(payload(version, "4hello"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ok");
        assertThat(poller.poll()).isEqualTo(payload(version, "4hello"));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void severalMessagesInOnePayloadKeepTheirOrderAndTheirCharacters(int version) {
        Poller poller = Poller.open(server.port(), polling(version));

        assertThat(poller.post(payload(version, "4one", "4tw\u00f6", "4\ud83d\udc4b", "4"))
                        .statusCode())
                .isEqualTo(200);

        assertThat(poller.poll()).isEqualTo(payload(version, "4one", "4tw\u00f6", "4\ud83d\udc4b", "4"));
    }

    @Test
    void binaryIsBase64InAPayloadOfProtocol4() {
        Poller poller = Poller.open(server.port(), polling(4));

        poller.post("4hello\u001ebAQIDBA==");

        assertThat(poller.poll()).isEqualTo("4hello\u001ebAQIDBA==");
    }

    @Test
    void base64MayBeInLinesAsTheJavaClientWritesIt() {
        Poller poller = Poller.open(server.port(), polling(4));

        poller.post("bAQID\nBA==\n");

        assertThat(poller.poll()).isEqualTo("bAQIDBA==");
    }

    @Test
    void binaryIsBase64ForAClientOfProtocol3ThatAskedForIt() {
        Poller poller = Poller.open(server.port(), polling(3) + "&b64=1");

        poller.post("6:4hello10:b4AQIDBA==");

        assertThat(poller.poll()).isEqualTo("6:4hello10:b4AQIDBA==");
    }

    @Test
    void binaryMakesThePayloadBytesForAnyOtherClientOfProtocol3() {
        Poller poller = Poller.open(server.port(), polling(3));

        poller.post("6:4hello10:b4AQIDBA==");

        assertThat(poller.pollBytes())
                .containsExactly(0, 6, 255, '4', 'h', 'e', 'l', 'l', 'o', 1, 5, 255, 4, 1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void payloadThatIsNoneEndsTheSession(int version) {
        Poller poller = Poller.open(server.port(), polling(version));

        assertThat(poller.post("abc").statusCode()).isEqualTo(400);

        assertGone(poller);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void secondPollEndsTheSessionAndTheFirstHearsIt(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        CompletableFuture<HttpResponse<String>> first = poller.begin();
        CompletableFuture<HttpResponse<String>> second = poller.begin();

        // Two requests race on two connections: the one that is there first hears of the end.
        assertThat(Stream.of(first, second)
                        .map(Poller::within)
                        .map(answer -> answer.statusCode() + " " + answer.body()))
                .containsExactlyInAnyOrder(
                        "200 " + payload(version, "1"), "400 {\"code\":3,\"message\":\"Bad request\"}");
        assertGone(poller);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void pollThatIsGivenUpEndsTheSession(int version) {
        Poller poller = Poller.open(server.port(), polling(version));

        RawSocket.open(server.port()).get(poller.pathAndQuery()).close();

        await().untilAsserted(() ->
                assertThat(poller.post(payload(version, "6")).statusCode()).isEqualTo(400));
        assertGone(poller);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void messageByWebSocketIsEchoed(int version) {
        try (Wire wire = opened(server, version)) {
            assertThat(wire.send("4hello \ud83d\udc4b").next()).isEqualTo("4hello \ud83d\udc4b");
        }
    }

    @Test
    void binaryByWebSocketIsTheBytesAlone() {
        try (Wire wire = opened(server, 4)) {
            assertThat(wire.send(new byte[] {1, 2, 3, 4}).next()).isEqualTo("<01020304>");
        }
    }

    @Test
    void binaryByWebSocketHasItsTypeBeforeItInProtocol3() {
        try (Wire wire = opened(server, 3)) {
            assertThat(wire.send(new byte[] {4, 1, 2, 3, 4}).next()).isEqualTo("<0401020304>");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void packetThatIsNoneClosesTheWebSocket(int version) {
        try (Wire wire = opened(server, version)) {
            assertThat(wire.send("abc").closed()).isEqualTo("1002 protocol");
        }
    }

    // ---- heartbeat

    @Test
    void serverOfProtocol4PingsAPollingClientInItsInterval() {
        Poller poller = Poller.open(pinging.port(), polling(4));
        for (int i = 0; i < 3; i++) {
            long before = System.nanoTime();
            assertThat(poller.poll()).isEqualTo("2");
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before))
                    .isLessThan(5000);
            assertThat(poller.post("3").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void serverOfProtocol4PingsOnTheWebSocketNotBeforeItsInterval() {
        long before = System.nanoTime();
        try (Wire wire = Wire.withPings(pinging.port(), webSocket(4))) {
            assertThat(wire.next()).startsWith("0{");
            for (int i = 1; i <= 3; i++) {
                assertThat(wire.next()).isEqualTo("2");
                wire.send("3");
            }
            // The server's clock ticks in milliseconds.
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before))
                    .isGreaterThanOrEqualTo(3 * (150 - 1));
        }
    }

    @Test
    void clientOfProtocol3PingsAndItsPongHasTheSameData() {
        Poller poller = Poller.open(server.port(), polling(3));
        poller.post("1:2");
        assertThat(poller.poll()).isEqualTo("1:3");
        poller.post("6:2hello");
        assertThat(poller.poll()).isEqualTo("6:3hello");
        try (Wire wire = opened(server, 3)) {
            assertThat(wire.send("2").next()).isEqualTo("3");
            assertThat(wire.send("2hello").next()).isEqualTo("3hello");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void pingOrPongOfTheOtherProtocolClosesTheWebSocket(int version) {
        try (Wire wire = opened(server, version)) {
            assertThat(wire.send(version == 3 ? "3" : "2").closed()).isEqualTo("1002 protocol");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void silenceEndsASessionOnAWebSocket(int version) {
        try (Wire wire = Wire.withPings(impatient.port(), webSocket(version))) {
            assertThat(wire.closed()).isEqualTo("4000 ping_timeout");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void silenceEndsAPollingSession(int version) {
        Poller poller = Poller.open(impatient.port(), polling(version));

        await().untilAsserted(() -> assertThat(impatient.sessions()).isZero());

        assertGone(poller);
    }

    // ---- close

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void closeByPollingSendsThePollBackAndEndsTheSession(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        try (RawSocket poll = RawSocket.open(server.port())) {
            poll.get(poller.pathAndQuery());

            assertThat(poller.post(payload(version, "1")).statusCode()).isEqualTo(200);

            assertThat(poll.answer().body()).isEqualTo(payload(version, "6"));
        }
        assertGone(poller);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void closeByWebSocketClosesIt(int version) {
        try (Wire wire = opened(server, version)) {
            assertThat(wire.send("1").closed()).isEqualTo("1000 client_close");
        }
    }

    // ---- upgrade

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void sessionGoesOverToAWebSocketWithWhatWaited(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        try (Wire wire = Wire.open(server.port(), upgradeOf(poller))) {
            assertThat(wire.send("2probe").next()).isEqualTo("3probe");
            assertThat(poller.poll()).as("a noop, so that no poll is left").isEqualTo(payload(version, "6"));
            poller.post(payload(version, "4waits"));
            wire.send("5");
            assertThat(wire.next()).isEqualTo("4waits");
            assertThat(wire.send("4hello").next()).isEqualTo("4hello");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void pollThatIsUnderWayAtTheProbeComesBack(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        CompletableFuture<HttpResponse<String>> poll = poller.begin();
        try (Wire wire = Wire.open(server.port(), upgradeOf(poller))) {
            assertThat(wire.send("2probe").next()).isEqualTo("3probe");
            assertThat(Poller.within(poll).body()).isEqualTo(payload(version, "6"));
            assertThat(wire.send("5").send("4hello").next()).isEqualTo("4hello");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void pollingIsOverAfterTheUpgrade(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        try (Wire wire = upgraded(poller)) {
            assertThat(wire.send("4hello").next()).isEqualTo("4hello");
            assertThat(poller.get().statusCode()).isEqualTo(400);
            assertThat(poller.post(payload(version, "4intruder")).statusCode()).isEqualTo(400);
            assertThat(wire.send("4still here").next()).isEqualTo("4still here");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void secondWebSocketOfASessionIsClosedAndTheFirstGoesOn(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        try (Wire wire = upgraded(poller);
                Wire second = Wire.open(server.port(), upgradeOf(poller))) {
            assertThat(second.closed()).startsWith("1002 ");
            assertThat(wire.send("4hello").next()).isEqualTo("4hello");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void upgradeThatFailsLeavesTheSessionOnPolling(int version) {
        Poller poller = Poller.open(server.port(), polling(version));
        try (Wire wire = Wire.open(server.port(), upgradeOf(poller))) {
            assertThat(wire.send("4hello").closed()).as("no probe").isEqualTo("1002 protocol");
        }
        poller.post(payload(version, "4hello"));
        assertThat(poller.poll()).isEqualTo(payload(version, "4hello"));
        try (Wire wire = upgraded(poller)) {
            assertThat(wire.send("4hello").next()).isEqualTo("4hello");
        }
    }

    private static Wire upgraded(Poller poller) {
        Wire wire = Wire.open(server.port(), upgradeOf(poller));
        assertThat(wire.send("2probe").next()).isEqualTo("3probe");
        return wire.send("5");
    }

    private static String upgradeOf(Poller poller) {
        return poller.pathAndQuery().replace("polling", "websocket");
    }

    private static Wire opened(SocketServer by, int version) {
        Wire wire = Wire.open(by.port(), webSocket(version));
        assertThat(wire.next()).startsWith("0{");
        return wire;
    }

    private static void assertGone(Poller poller) {
        HttpResponse<String> answer = poller.get();
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"code\":1,\"message\":\"Session ID unknown\"}");
    }

    private static String polling(int version) {
        return "/engine.io/?EIO=" + version + "&transport=polling";
    }

    private static String webSocket(int version) {
        return "/engine.io/?EIO=" + version + "&transport=websocket";
    }

    /** Text packets as they travel together: with a separator in protocol 4, with lengths in protocol 3. */
    private static String payload(int version, String... packets) {
        return version == 4
                ? String.join("\u001e", packets)
                : Stream.of(packets)
                        .map(packet -> packet.length() + ":" + packet)
                        .collect(Collectors.joining());
    }
}
