package dev.pushbridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Received;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A trace that begins at the producer goes on to the browser's acknowledgement, and the histograms point to it. */
final class TracingIT {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String UNSAMPLED = "1bf7651916cd43dd8448eb211c80319c";

    /** What came to the collector, each body as a text of its bytes. */
    private static final Queue<String> EXPORTED = new ConcurrentLinkedQueue<>();

    private static final HttpServer COLLECTOR = collector();

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of(
            "management.tracing.export.enabled",
            true,
            "management.opentelemetry.tracing.export.otlp.endpoint",
            "http://127.0.0.1:" + COLLECTOR.getAddress().getPort() + "/v1/traces",
            "management.opentelemetry.tracing.export.schedule-delay",
            "100ms"));

    @AfterAll
    static void stop() {
        COLLECTOR.stop(0);
    }

    @Test
    void traceOfTheProducerGoesOnToTheAcknowledgement() throws Exception {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");
        send(UNSAMPLED, "00");
        acknowledge(client);
        send(TRACE, "01");
        acknowledge(client);
        bridge.await(Meters.ACKNOWLEDGEMENTS, 2);

        Awaitility.await("spans")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(exported())
                        .contains(
                                "push dispatch",
                                "push write",
                                "push acknowledge",
                                bytes(TRACE),
                                bridge.topic().name()));
        assertThat(exported()).doesNotContain(bytes(UNSAMPLED));
        // A histogram takes an exemplar now and then, and not of every measurement.
        Awaitility.await("exemplar").atMost(PATIENCE).untilAsserted(() -> {
            send(TRACE, "01");
            acknowledge(client);
            assertThat(exemplars()).contains("trace_id=\"" + TRACE + "\"");
        });
        // OpenMetrics, section "Exemplars": of these there may be some.
        assertThat(exemplars().lines().filter(line -> line.contains(" # {")))
                .isNotEmpty()
                .allMatch(line -> line.matches("[a-z_]+_(bucket|total)\\{.*"));
    }

    private static void send(String trace, String flags) {
        String traceparent = "00-" + trace + "-b7ad6b7169203331-" + flags;
        bridge.topic()
                .send(
                        null,
                        "{\"tokens\":[\"anna\"]}".getBytes(US_ASCII),
                        new RecordHeader("traceparent", traceparent.getBytes(US_ASCII)));
    }

    private static void acknowledge(Client client) {
        Received push = client.next();
        client.emit("message_received", Json.write(push.args().get(1).asString()));
    }

    private static String exported() {
        return EXPORTED.stream().collect(Collectors.joining());
    }

    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex), ISO_8859_1);
    }

    /** Prometheus shows them only to who asks for OpenMetrics. */
    private static String exemplars() throws IOException, InterruptedException {
        HttpRequest scrape = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + bridge.managementPort() + "/actuator/prometheus"))
                .header("Accept", "application/openmetrics-text; version=1.0.0")
                .build();
        return HttpClient.newHttpClient()
                .send(scrape, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static HttpServer collector() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/v1/traces", exchange -> {
                EXPORTED.add(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
