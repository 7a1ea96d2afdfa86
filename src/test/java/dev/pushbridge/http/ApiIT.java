package dev.pushbridge.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The door for producers, as the original's clients and others use it. */
final class ApiIT {
    private static final String OK = "{\"responseCode\":0,\"data\":\"OK!\"}";
    private static final String RECORD = "{\"tokens\":[\"anna\"],\"data\":1}";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    final Bridge bridge = Bridge.onNewTopic(Map.of("push.api.enabled", true));

    @Test
    void originalsOwnRequestGetsItsAnswerAndIsPushed() throws Exception {
        Client first = client("1");
        Client second = client("2");

        HttpResponse<String> answer =
                post("{\"tokens\":[\"1\",\"2\"],\"entityType\":\"x\",\"data\":\"You shall not pass !!!\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(OK);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        for (Client client : new Client[] {first, second}) {
            JsonNode push = client.nextPush();
            assertThat(push.path("entityType").asString()).isEqualTo("x");
            assertThat(push.path("data").asString()).isEqualTo("You shall not pass !!!");
        }
    }

    @Test
    void bytesAreProducedAsTheyCame() throws Exception {
        String record =
                "{ \"tokens\" : [7],\n \"data\":{\"n\":12345678901234567890.10,\"s\":\"\u2028é🙂\"},\"more\":[] }";

        assertThat(post(record).body()).isEqualTo(OK);

        assertThat(bridge.topic().records())
                .singleElement()
                .extracting(one -> new String(one.value(), UTF_8))
                .isEqualTo(record);
    }

    @Test
    void onlyRecipientIsTheKeySoThatItsEventsStayInOrder() throws Exception {
        assertThat(post("{\"tokens\":[\"anna\",\"anna\"]}").body()).isEqualTo(OK);
        assertThat(post("{\"tokens\":[\"anna\",\"ben\"]}").body()).isEqualTo(OK);

        assertThat(bridge.topic().records())
                .extracting(ConsumerRecord::key)
                .containsExactly("anna".getBytes(UTF_8), null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"tokens":[]}                 | tokens: [] (expected: an array of 1 to 10000 strings)
                    {"data":1}                    | tokens: missing (expected: an array of 1 to 10000 strings)
                    {"tokens":["anna"],"id":7}    | id: a number (expected: a string)
                    tokens=anna                   | value: not JSON
                    []                            | value: an array (expected: a JSON object)
                    ``                            | value: empty (expected: one JSON object)
                    """)
    void whatIsNoEventIsRefusedWithValueAndExpectationAndNotProduced(String body, String message) throws Exception {
        HttpResponse<String> answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"responseCode\":1,\"data\":\"" + message);
        assertThat(bridge.topic().records()).isEmpty();
    }

    @Test
    void bodyBeyondTheLargestRecordIsRefusedBeforeItIsRead() throws Exception {
        String large = "x".repeat(512 * 1024 + 1);

        HttpResponse<String> sized = post(large);
        HttpResponse<String> chunked = HTTP.send(
                request()
                        .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(large)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(sized.statusCode()).isEqualTo(413);
        assertThat(sized.body()).contains("body: 524289 bytes (expected: at most 524288)");
        assertThat(chunked.statusCode()).isEqualTo(413);
        assertThat(chunked.body()).contains("body: more than 524288 bytes (expected: at most 524288)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
    void whatAnHtmlFormOfAnyPageCanSendIsRefused(String type) throws Exception {
        HttpResponse<String> answer = send(request().setHeader("Content-Type", type));

        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.body())
                .isEqualTo("{\"responseCode\":1,\"data\":\"content-type: " + type + " (expected: application/json)\"}");
        assertThat(bridge.topic().records()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://evil.example", "http://127.0.0.1:1", "null", "http://127.0.0.1:%d.evil.example", "::"})
    void foreignPageIsRefusedAndGetsNoLeaveToRead(String origin) throws Exception {
        String foreign = origin.replace("%d", String.valueOf(bridge.webPort()));

        HttpResponse<String> post = send(request().header("Origin", foreign));
        HttpResponse<String> preflight = HTTP.send(
                request()
                        .header("Origin", foreign)
                        .header("Access-Control-Request-Method", "POST")
                        .header("Access-Control-Request-Headers", "content-type")
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(post.statusCode()).isEqualTo(403);
        assertThat(preflight.statusCode()).isEqualTo(403);
        assertThat(post.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(preflight.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        assertThat(bridge.topic().records()).isEmpty();
    }

    @Test
    void ownPageIsServed() throws Exception {
        HttpResponse<String> answer = send(request().header("Origin", "http://127.0.0.1:" + bridge.webPort()));

        assertThat(answer.body()).isEqualTo(OK);
    }

    @Test
    void pageIsNotThereUnlessItIsSwitchedOn() throws Exception {
        for (String path :
                new String[] {"/", "/index.html", "/main.js", "/page/where", "/page/dead-letters", "/page/events/1"}) {
            HttpRequest get = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + bridge.webPort() + path))
                    .build();
            assertThat(HTTP.send(get, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void absentBrokerIsToldWithinABoundedTime() throws Exception {
        Bridge alone =
                Bridge.onNewTopic(Map.of("push.api.enabled", true, "spring.kafka.bootstrap-servers", "127.0.0.1:1"));
        try (alone) {
            alone.launch();
            HttpResponse<String> answer = HTTP.send(
                    request(alone)
                            .POST(HttpRequest.BodyPublishers.ofString(RECORD))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).startsWith("{\"responseCode\":1,\"data\":\"the broker did not confirm");
        }
    }

    @Test
    void dataIsCheckedToWhereTheTailChecksIt() throws Exception {
        try (Bridge strict = Bridge.onNewTopic(Map.of("push.api.enabled", true, "push.validation", "full"))) {
            strict.start();
            HttpResponse<String> answer = HTTP.send(
                    request(strict)
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"tokens\":[\"anna\"],\"type\":\"follow\",\"data\":{}}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("actor");
            assertThat(strict.figures().of(Meters.RECORDS_CONSUMED)).isZero();
        }
    }

    private Client client(String token) {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login(token);
        return client;
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return HTTP.send(
                request().POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(
                request.POST(HttpRequest.BodyPublishers.ofString(RECORD)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request() {
        return request(bridge);
    }

    private static HttpRequest.Builder request(Bridge bridge) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + bridge.webPort() + "/api"))
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json");
    }
}
