package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.RawSocket;
import dev.pushbridge.testkit.RawSocket.Answer;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Polling as HTTP: its connections, its payloads, and what browsers are told of it. */
final class PollingTest {
    private static final String POLLING = "/engine.io/?EIO=4&transport=polling";
    private static final String LISTED = "https://example.com";

    private static final SocketServer server =
            SuiteServer.of(TestSettings.with("limits.packets-per-second", "0", "shutdown-grace", "0s"));
    private static final SocketServer open = SuiteServer.of(TestSettings.with("origins", "*", "shutdown-grace", "0s"));
    private static final SocketServer listing =
            SuiteServer.of(TestSettings.with("origins", LISTED + ",https://two.example", "shutdown-grace", "0s"));

    @BeforeAll
    static void start() {
        server.start();
        open.start();
        listing.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
        open.stop();
        listing.stop();
    }

    // ---- connections

    @Test
    void oneConnectionServesAllOfASessionAndThenAnother() {
        try (RawSocket tcp = RawSocket.open(server.port())) {
            for (int session = 0; session < 2; session++) {
                String open = tcp.get(POLLING).answer().body();
                String url = POLLING + "&sid=" + open.replaceAll(".*\"sid\":\"([^\"]*)\".*", "$1");
                for (int i = 0; i < 50; i++) {
                    assertThat(tcp.request("POST", url, "4" + i).answer().body())
                            .isEqualTo("ok");
                    Answer poll = tcp.get(url).answer();
                    assertThat(poll.body()).isEqualTo("4" + i);
                    assertThat(poll.headers()).doesNotContainKey("connection");
                }
                assertThat(tcp.request("POST", url, "1").answer().body()).isEqualTo("ok");
            }
        }
    }

    @Test
    void refusalsAndPreflightsLeaveTheConnectionOpen() {
        try (RawSocket tcp = RawSocket.open(server.port())) {
            assertThat(tcp.get(POLLING + "&sid=unknown").answer().status()).isEqualTo("HTTP/1.1 400 Bad Request");
            assertThat(tcp.request("OPTIONS", POLLING, "", "Origin: http://127.0.0.1:8080")
                            .answer()
                            .status())
                    .isEqualTo("HTTP/1.1 204 No Content");
            assertThat(tcp.get(POLLING).answer().status()).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    /** HTTP 1.0, or {@code Connection: close}. */
    @Test
    void clientThatWantsTheConnectionClosedGetsIt() {
        try (RawSocket tcp = RawSocket.open(server.port())) {
            Answer answer = tcp.get(POLLING, "Connection: close").answer();
            assertThat(answer.headers()).containsEntry("connection", "close");
            assertThat(tcp.rest()).as("nothing, and then the end").isEmpty();
        }
    }

    // ---- payloads

    /** A server that is widely used loses every 51st packet of a poll. */
    @ParameterizedTest
    @ValueSource(ints = {49, 50, 51, 200, 5000})
    void pollBringsEverythingThatWaits(int count) {
        Poller poller = Poller.open(server.port(), POLLING);
        String packets = IntStream.range(0, count).mapToObj(i -> "4" + i).collect(Collectors.joining("\u001e"));
        assertThat(poller.post(packets).statusCode()).isEqualTo(200);
        assertThat(poller.poll()).isEqualTo(packets);
    }

    @Test
    void pollTakesAMegabyteAndLeavesTheRestToTheNext() {
        Poller poller = Poller.open(server.port(), POLLING);
        String packet = "4" + "x".repeat(100_000);
        for (int i = 0; i < 25; i++) {
            assertThat(poller.post(packet).statusCode()).isEqualTo(200);
        }
        List<Integer> packetsOfPolls = new ArrayList<>();
        for (int taken = 0; taken < 25; taken += packetsOfPolls.get(packetsOfPolls.size() - 1)) {
            packetsOfPolls.add(poller.poll().split("\u001e").length);
        }
        assertThat(packetsOfPolls).containsExactly(11, 11, 3);
    }

    @Test
    void postOverTheMaxPayloadIsRefusedAndToldSo() {
        Poller poller = Poller.open(server.port(), POLLING);

        HttpResponse<String> answer = poller.post("4" + "x".repeat(128 * 1024));

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo("{\"code\":3,\"message\":\"Payload too large\"}");
        assertThat(poller.post("4" + "x".repeat(128 * 1024 - 1)).statusCode()).isEqualTo(200);
    }

    // ---- CORS: the answers of socket.io 4.8 with cors: {origin: [...], credentials: true} and {origin: "*"}

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GET  | EIO=4&transport=polling | 200 OK
                    GET  | EIO=3&transport=polling | 200 OK
                    GET  | EIO=4&transport=abc     | 400 Bad Request
                    POST | SESSION                 | 200 OK
                    """)
    void listedPageMayReadEveryAnswerAndSendCredentials(String method, String query, String status) {
        Answer answer = ask(listing, method, query, "Origin: " + LISTED);

        assertThat(answer.status()).isEqualTo("HTTP/1.1 " + status);
        assertThat(crossOriginHeaders(answer))
                .isEqualTo(Map.of(
                        "access-control-allow-origin", LISTED,
                        "access-control-allow-credentials", "true",
                        "vary", "Origin"));
    }

    @Test
    void listedPagesPreflightIsGrantedWhatItAsksFor() {
        Answer answer = ask(
                listing,
                "OPTIONS",
                "EIO=4&transport=polling",
                "Origin: " + LISTED,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: content-type,x-mine");

        assertThat(answer.status()).isEqualTo("HTTP/1.1 204 No Content");
        assertThat(crossOriginHeaders(answer))
                .isEqualTo(Map.of(
                        "access-control-allow-origin", LISTED,
                        "access-control-allow-credentials", "true",
                        "access-control-allow-methods", "GET,HEAD,PUT,PATCH,POST,DELETE",
                        "access-control-allow-headers", "content-type,x-mine",
                        "vary", "Origin, Access-Control-Request-Headers"));
    }

    /** The official server would serve it, and leave it to the browser to show nothing of it. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "OPTIONS"})
    void otherPageIsRefused(String method) {
        Answer answer = ask(listing, method, "EIO=4&transport=polling", "Origin: https://evil.example");

        assertThat(answer.status()).isEqualTo("HTTP/1.1 403 Forbidden");
        assertThat(crossOriginHeaders(answer)).isEqualTo(Map.of("vary", "Origin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Origin: https://example.com", "Origin: null", "X-No-Origin: none"})
    void everyPageMayReadEveryAnswerOfAnOpenServerButSendNoCredentials(String origin) {
        Answer answer = ask(open, "GET", "EIO=4&transport=polling", origin);

        assertThat(answer.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(crossOriginHeaders(answer)).isEqualTo(Map.of("access-control-allow-origin", "*"));
    }

    /** Client 2.x always sends them, and a browser then takes no {@code *}; its own generation of the server did this. */
    @Test
    void oldClientsPageIsNamedBecauseItSendsCredentials() {
        Answer answer = ask(open, "GET", "EIO=3&transport=polling", "Origin: https://example.com");

        assertThat(crossOriginHeaders(answer))
                .isEqualTo(Map.of(
                        "access-control-allow-origin", "https://example.com",
                        "access-control-allow-credentials", "true",
                        "vary", "Origin"));
    }

    private static Answer ask(SocketServer of, String method, String query, String... headers) {
        String url = query.equals("SESSION") ? Poller.open(of.port(), POLLING).pathAndQuery() : "/engine.io/?" + query;
        try (RawSocket tcp = RawSocket.open(of.port())) {
            return tcp.request(method, url, method.equals("POST") ? "4hello" : "", headers)
                    .answer();
        }
    }

    private static Map<String, String> crossOriginHeaders(Answer answer) {
        return answer.headers().entrySet().stream()
                .filter(header -> header.getKey().startsWith("access-control-")
                        || header.getKey().equals("vary"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
