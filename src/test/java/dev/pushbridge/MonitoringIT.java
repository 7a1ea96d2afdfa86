package dev.pushbridge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Received;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Monitoring;
import dev.pushbridge.testkit.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Every query of the dashboard and of the rules, asked of a real Prometheus that watches a bridge at work. */
final class MonitoringIT {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String TRACEPARENT = "00-" + TRACE + "-b7ad6b7169203331-01";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of(
            "management.tracing.export.enabled",
            true,
            "management.opentelemetry.tracing.export.otlp.endpoint",
            "http://127.0.0.1:1/v1/traces")); // nobody collects them

    private final int port = Tool.freePort();

    @Test
    void everyQueryOfDashboardAndRulesShowsSomething(@TempDir Path directory) throws Exception {
        Tool tool = Tool.of("prometheus", "prometheus");
        configure(directory.resolve("etc"));
        Process prometheus = tool.call(arguments(directory))
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            Map<String, String> open = queries();
            assertThat(open).hasSizeGreaterThan(50);
            Awaitility.await("an answer to every query")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        work();
                        assertThat(get("/api/v1/targets")
                                        .at("/data/activeTargets/0/lastError")
                                        .asString())
                                .isEmpty();
                        open.values().removeIf(this::showsSomething);
                        assertThat(open).isEmpty();
                    });

            JsonNode rules = get("/api/v1/rules").at("/data/groups");
            assertThat(rules.valueStream().flatMap(group -> group.path("rules").valueStream()))
                    .hasSize(
                            Monitoring.alerts().size() + Monitoring.recordings().size())
                    .allSatisfy(rule -> assertThat(rule.path("health").asString())
                            .as(rule.toString())
                            .isEqualTo("ok"));
            assertThat(get("/api/v1/query?query="
                                    + encoded(
                                            // the broker of the tests, in this process, logs errors of its own
                                            "ALERTS{alertstate=\"firing\",alertname!=\"PushErrors\"}"))
                            .at("/data/result"))
                    .as("alerts that fire while all is well")
                    .isEmpty();
            Awaitility.await("a trace at the latency, for who asks why a push was late")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        pushWithTrace();
                        assertThat(exemplars()).contains("\"trace_id\":\"" + TRACE + "\"");
                    });
        } finally {
            prometheus.destroy();
            assertThat(prometheus.waitFor(10, SECONDS)).as("Prometheus ended").isTrue();
        }
    }

    /** Those of the compose file, with other directories and port. */
    private String[] arguments(Path directory) {
        JsonNode service = Monitoring.yaml(Path.of("docker-compose.yml")).at("/services/prometheus");
        assertThat(service.path("volumes").toString()).contains(":/etc/prometheus:", ":/prometheus\"");
        return Stream.concat(
                        service.path("command")
                                .valueStream()
                                .map(JsonNode::asString)
                                .map(argument -> argument.replace("=/etc/prometheus", "=" + directory.resolve("etc"))
                                        .replace("=/prometheus", "=" + directory.resolve("data"))),
                        Stream.of("--web.listen-address=127.0.0.1:" + port))
                .toArray(String[]::new);
    }

    /** As it stands in the repository, but for the address of the bridge and the pace. */
    private static void configure(Path directory) throws IOException {
        String configuration = Monitoring.text(Monitoring.PROMETHEUS.resolve("prometheus.yml"));
        assertThat(configuration).contains("[bridge:8081]", "rules/*.yml");
        Files.createDirectories(directory.resolve("rules"));
        for (Path rules : Monitoring.files(Monitoring.RULES)) {
            Files.copy(rules, directory.resolve("rules").resolve(rules.getFileName()));
        }
        Files.writeString(
                directory.resolve("prometheus.yml"),
                configuration
                        .replace("bridge:8081", "127.0.0.1:" + bridge.managementPort())
                        .replace("15s", "1s"));
    }

    /** By where they stand. */
    private static Map<String, String> queries() {
        Map<String, String> queries = new TreeMap<>();
        Monitoring.panels()
                .forEach(panel -> panel.queries()
                        .forEach(query -> queries.put(
                                "panel " + panel.title() + ": " + query,
                                query.replace("$job", "push-bridge")
                                        .replace("$instance", ".*")
                                        .replace("$__rate_interval", "5s"))));
        Monitoring.alerts()
                .forEach(alert ->
                        alert.compared().forEach(query -> queries.put("alert " + alert.name() + ": " + query, query)));
        Monitoring.recordings().keySet().forEach(name -> queries.put("recording " + name, name));
        Matcher variable = Pattern.compile("label_values\\((\\w+)").matcher(Monitoring.text(Monitoring.DASHBOARD));
        while (variable.find()) {
            queries.put("variable " + variable.group(), variable.group(1));
        }
        return new LinkedHashMap<>(queries);
    }

    /** A moment of a bridge's day: something of each kind happens. */
    private static void work() {
        bridge.management("/actuator/health");
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");
        for (int i = 0; i <= 20; i++) {
            bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + i + ",\"occurredAt\":\"" + Instant.now() + "\"}");
        }
        bridge.topic().send("{\"tokens\":[\"nobody\"]}");
        bridge.topic().send("no event");
        for (int i = 0; i <= 20; i++) {
            Received push = client.next();
            assertThat(push.args().get(0).path("data").asInt()).isEqualTo(i);
            client.emit("message_received", Json.write(push.args().get(1).asString()));
        }
        client.disconnect();
        System.gc(); // the meters of garbage collection begin with the first
    }

    /**
     * By itself: Prometheus' client looks at one measurement, takes it for an exemplar if it has a trace, and in either case
     * looks at none for the next 90 ms.
     */
    private static void pushWithTrace() {
        Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        client.login("anna");
        bridge.topic()
                .send(
                        null,
                        "{\"tokens\":[\"anna\"]}".getBytes(US_ASCII),
                        new RecordHeader("traceparent", TRACEPARENT.getBytes(US_ASCII)));
        client.next();
        client.disconnect();
    }

    private boolean showsSomething(String query) {
        JsonNode answer = get("/api/v1/query?query=" + encoded(query));
        assertThat(answer.path("status").asString()).as("%s: %s", query, answer).isEqualTo("success");
        return answer.at("/data/result")
                .valueStream()
                .anyMatch(series -> !series.at("/value/1").asString().equals("NaN"));
    }

    private String exemplars() {
        Instant now = Instant.now();
        return get("/api/v1/query_exemplars?query=push_latency_seconds_bucket&start=" + now.minusSeconds(300) + "&end="
                        + now.plusSeconds(1))
                .toString();
    }

    private JsonNode get(String path) {
        try {
            return Json.parse(HTTP.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("Prometheus does not answer", e);
        }
    }

    private static String encoded(String query) {
        return URLEncoder.encode(query, StandardCharsets.UTF_8);
    }
}
