package dev.pushbridge.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The Kubernetes sample: the API takes it, and what it says is what the code and the image do. */
final class KubernetesTest {
    private static final List<JsonNode> OBJECTS = Yaml.readAll(Path.of("monitoring/kubernetes/push-bridge.yaml"));
    private static final JsonNode DEPLOYMENT = object("Deployment");
    private static final JsonNode POD = DEPLOYMENT.path("spec").path("template").path("spec");
    private static final JsonNode CONTAINER = POD.path("containers").path(0);

    private final KnownProperties properties = new KnownProperties();

    KubernetesTest() throws IOException {}

    @Test
    void everyObjectFitsTheSchemasOfTheApi() throws Exception {
        assertThat(complaints(OBJECTS)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"minReadySecs, does not exist in type", "progressDeadlineSeconds, must be integer"})
    void wrongNameAndWrongValueWouldBeSeen(String field, String complaint) throws Exception {
        ObjectNode deployment = (ObjectNode) DEPLOYMENT.deepCopy();
        ((ObjectNode) deployment.path("spec")).put(field, "long");
        assertThat(complaints(List.of(deployment))).contains(field, complaint);
    }

    @Test
    void variablesAreProperties() {
        assertThat(environment().keySet())
                .isNotEmpty()
                .allSatisfy(variable ->
                        assertThat(properties.ofVariable(variable)).as(variable).isNotEmpty());
    }

    @Test
    void portsAndProbesAreThoseOfTheCode() {
        JsonNode management =
                Yaml.read(Path.of("src/main/resources/application.yaml")).path("management");
        Map<String, String> ports = new TreeMap<>();
        CONTAINER
                .path("ports")
                .forEach(port -> ports.put(
                        port.path("name").asString(), port.path("containerPort").asString()));
        assertThat(ports)
                .isEqualTo(Map.of(
                        "socketio",
                        properties.defaultOf("push.socket.port"),
                        "management",
                        management.path("server").path("port").asString()));
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            JsonNode get = CONTAINER.path(probe).path("httpGet");
            assertThat(get.path("port").asString()).isEqualTo("management");
            assertThat(get.path("path").asString())
                    .isEqualTo("/actuator/health/" + (probe.equals("readinessProbe") ? "readiness" : "liveness"));
        }
        assertThat(object("Service")
                        .path("spec")
                        .path("ports")
                        .path(0)
                        .path("targetPort")
                        .asString())
                .isEqualTo("socketio");
        JsonNode annotations =
                DEPLOYMENT.path("spec").path("template").path("metadata").path("annotations");
        assertThat(annotations.path("prometheus.io/port").asString()).isEqualTo(ports.get("management"));
        assertThat(annotations.path("prometheus.io/path").asString()).isEqualTo("/actuator/prometheus");
    }

    @Test
    void sessionsHaveTheTimeToGo() {
        Duration told = Duration.ofSeconds(CONTAINER
                        .path("lifecycle")
                        .path("preStop")
                        .path("sleep")
                        .path("seconds")
                        .asLong())
                .plus(DurationStyle.detectAndParse(environment().getOrDefault("PUSH_SOCKET_SHUTDOWN_GRACE", "none")));
        assertThat(Duration.ofSeconds(POD.path("terminationGracePeriodSeconds").asLong()))
                .isGreaterThanOrEqualTo(told.plusSeconds(30));
    }

    @Test
    void selectorsFindThePods() {
        JsonNode labels =
                DEPLOYMENT.path("spec").path("template").path("metadata").path("labels");
        assertThat(labels.size()).isPositive();
        assertThat(Stream.of(
                        DEPLOYMENT.path("spec").path("selector").path("matchLabels"),
                        object("Service").path("spec").path("selector"),
                        object("PodDisruptionBudget")
                                .path("spec")
                                .path("selector")
                                .path("matchLabels"),
                        POD.path("topologySpreadConstraints")
                                .path(0)
                                .path("labelSelector")
                                .path("matchLabels")))
                .allMatch(labels::equals);
        JsonNode scaled = object("HorizontalPodAutoscaler").path("spec").path("scaleTargetRef");
        assertThat(scaled.path("name")).isEqualTo(DEPLOYMENT.path("metadata").path("name"));
    }

    @Test
    void autoscalerGoesByAMeterThatThereIs() {
        String metric = object("HorizontalPodAutoscaler")
                .path("spec")
                .path("metrics")
                .path(0)
                .path("pods")
                .path("metric")
                .path("name")
                .asString();
        assertThat(Stream.of(Meters.values()).map(meter -> meter.meter().replace('.', '_')))
                .contains(metric);
    }

    @Test
    void podMayDoNothingThatItNeedNot() {
        assertThat(POD.path("securityContext").path("runAsNonRoot").asBoolean()).isTrue();
        JsonNode security = CONTAINER.path("securityContext");
        assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(security.path("capabilities").path("drop").toString().toUpperCase(Locale.ROOT))
                .isEqualTo("[\"ALL\"]");
        assertThat(CONTAINER.path("volumeMounts").path(0).path("mountPath").asString())
                .isEqualTo("/tmp");
        assertThat(CONTAINER.path("resources").path("limits").path("memory"))
                .isEqualTo(CONTAINER.path("resources").path("requests").path("memory"));
    }

    private static JsonNode object(String kind) {
        return OBJECTS.stream()
                .filter(object -> object.path("kind").asString().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>();
        CONTAINER
                .path("env")
                .forEach(variable -> environment.put(
                        variable.path("name").asString(), variable.path("value").asString()));
        return environment;
    }

    /** What {@code src/test/js/kubernetes.mjs} has to say. */
    private static String complaints(List<JsonNode> objects) throws Exception {
        Process checker = new ProcessBuilder("node", "kubernetes.mjs")
                .directory(Path.of("src/test/js").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var in = checker.outputWriter(UTF_8)) {
            in.write(Json.write(objects));
        }
        String said = new String(checker.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(checker.waitFor()).as(said).isZero();
        return said;
    }
}
