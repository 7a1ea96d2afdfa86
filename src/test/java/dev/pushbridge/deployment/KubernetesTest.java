package dev.pushbridge.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Monitoring;
import dev.pushbridge.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The Kubernetes sample: the API takes it, and what it says is what the code and the image do. */
final class KubernetesTest {
    private static final Path SAMPLE = Path.of("monitoring/kubernetes/push-bridge.yaml");
    private static final Path SCRAPE = Path.of("monitoring/kubernetes/scrape.yml");
    private static final List<JsonNode> OBJECTS = Yaml.readAll(SAMPLE);
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
    void variablesArePropertiesOrTheJvms() {
        assertThat(environment().keySet())
                .contains("JDK_JAVA_OPTIONS")
                .filteredOn(variable -> !variable.equals("JDK_JAVA_OPTIONS"))
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
    }

    @Test
    void clientKeepsItsIdFromNodeToNode() {
        JsonNode keys = CONTAINER
                .path("env")
                .valueStream()
                .filter(variable -> variable.path("name").asString().equals("PUSH_RESUME_KEYS"))
                .findFirst()
                .orElseThrow()
                .at("/valueFrom/secretKeyRef");
        assertThat(Monitoring.text(SAMPLE))
                .contains("kubectl create secret generic " + keys.path("name").asString() + " --from-literal="
                        + keys.path("key").asString() + "=");
    }

    /** By Prometheus itself, which is given a pod of the sample as Kubernetes would have it discovered. */
    @Test
    void prometheusFindsThePodsAndCallsTheirJobWhatTheRulesGoBy(@TempDir Path directory) throws IOException {
        Tool promtool = Tool.of("promtool", "prometheus");
        JsonNode scrape = Yaml.read(SCRAPE).at("/scrape_configs/0");
        assertThat(scrape.at("/kubernetes_sd_configs/0/role").asString()).isEqualTo("pod");
        assertThat(scrape.at("/kubernetes_sd_configs/0/selectors/0/label").asString())
                .isEqualTo("app.kubernetes.io/name="
                        + DEPLOYMENT
                                .at("/spec/template/metadata/labels")
                                .path("app.kubernetes.io/name")
                                .asString());
        Path targets = Files.writeString(directory.resolve("targets.json"), Json.write(discovered()));
        ObjectNode job = (ObjectNode) scrape.deepCopy();
        job.remove("kubernetes_sd_configs"); // Debian's Prometheus is built without it
        job.putArray("file_sd_configs").addObject().putArray("files").add(targets.toString());
        Path configuration = Files.writeString(
                directory.resolve("prometheus.yml"), Json.write(Map.of("scrape_configs", List.of(job))));

        String said =
                promtool.run("check", "service-discovery", "--timeout=3s", configuration.toString(), "push-bridge");

        List<JsonNode> scraped = Json.parse(said.substring(said.indexOf("[\n"), said.lastIndexOf("\n]") + 2))
                .valueStream()
                .map(target -> target.path("labels"))
                .filter(labels -> !labels.isEmpty())
                .toList();
        assertThat(scraped).hasSize(1);
        assertThat(scraped.get(0).path("__address__").asString()).isEqualTo("10.0.0.7:8081");
        assertThat(scraped.get(0).path("__metrics_path__").asString()).isEqualTo("/actuator/prometheus");
        assertThat(scraped.get(0).path("job").asString()).isEqualTo("push-bridge");
        assertThat(scraped.get(0).path("instance").asString()).isEqualTo("push-bridge-1");
        assertThat(scraped.get(0).path("pod").asString()).isEqualTo("push-bridge-1");
        assertThat(scraped.get(0).path("namespace").asString()).isEqualTo("default");
    }

    /** A pod that runs and one that has ended, each with a target for every port of its container. */
    private static List<Map<String, Object>> discovered() {
        List<Map<String, Object>> targets = new ArrayList<>();
        for (String phase : List.of("Running", "Failed")) {
            for (JsonNode port : CONTAINER.path("ports")) {
                targets.add(Map.of(
                        "targets",
                        List.of("10.0.0.7:" + port.path("containerPort").asString()),
                        "labels",
                        Map.of(
                                "__meta_kubernetes_namespace",
                                "default",
                                "__meta_kubernetes_pod_name",
                                phase.equals("Running") ? "push-bridge-1" : "push-bridge-2",
                                "__meta_kubernetes_pod_phase",
                                phase,
                                "__meta_kubernetes_pod_container_port_name",
                                port.path("name").asString())));
            }
        }
        return targets;
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
        assertThat(CONTAINER.at("/resources/limits/memory")).isEqualTo(CONTAINER.at("/resources/requests/memory"));
        assertThat(CONTAINER.at("/resources/requests").has("cpu")).isTrue();
        assertThat(CONTAINER.at("/resources/limits").has("cpu"))
                .as("no limit, and so a number of processors of its own")
                .isEqualTo(!environment().getOrDefault("JDK_JAVA_OPTIONS", "").contains("-XX:ActiveProcessorCount="));
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
