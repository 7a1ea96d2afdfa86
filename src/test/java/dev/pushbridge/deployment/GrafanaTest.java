package dev.pushbridge.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Monitoring;
import dev.pushbridge.testkit.Script;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard, held against the types of the Grafana that the compose file runs, which draws what it does not know wrongly or not. */
final class GrafanaTest {
    private static final Path TYPES = Path.of("src/test/js/node_modules/@grafana/schema/package.json");

    @Test
    void grafanaKnowsEveryNameAndValueOfTheDashboard() throws Exception {
        assertThat(complaints(Monitoring.DASHBOARD)).isEmpty();
    }

    @Test
    void wrongNameAndWrongValueWouldBeSeen(@TempDir Path directory) throws Exception {
        Path wrong = Files.writeString(
                directory.resolve("wrong.json"),
                Monitoring.text(Monitoring.DASHBOARD)
                        .replace("\"showPoints\"", "\"showPoint\"")
                        .replace("\"mode\": \"multi\"", "\"mode\": \"all\""));

        assertThat(complaints(wrong)).contains("'\"showPoint\"' does not exist", "Type '\"all\"' is not assignable");
    }

    @Test
    void typesAreThoseOfTheImage() {
        String image = Yaml.read(Path.of("docker-compose.yml"))
                .at("/services/grafana/image")
                .asString();
        assertThat(image)
                .endsWith(
                        ":" + Json.parse(Monitoring.text(TYPES)).path("version").asString());
    }

    /** What {@code src/test/js/grafana.mjs} has to say. */
    private static String complaints(Path dashboard) throws Exception {
        return Script.run("grafana.mjs", dashboard).strip();
    }
}
