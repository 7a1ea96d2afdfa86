package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Monitoring;
import dev.pushbridge.testkit.Monitoring.Alert;
import dev.pushbridge.testkit.Monitoring.Panel;
import dev.pushbridge.testkit.Tool;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What {@code monitoring/} says, held against promtool, the meters and the README. */
final class MonitoringTest {
    private static final Path TESTS = Monitoring.PROMETHEUS.resolve("tests");

    @Test
    void promtoolTakesConfigurationAndRules() {
        Tool promtool = Tool.of("promtool", "prometheus");

        assertThat(promtool.run(
                        "check",
                        "config",
                        Monitoring.PROMETHEUS.resolve("prometheus.yml").toString()))
                .contains("SUCCESS: 2 rule files found");
    }

    @Test
    void everyAlertFiresWhenItShouldAndOnlyThen() {
        Tool promtool = Tool.of("promtool", "prometheus");

        assertThat(promtool.run(Stream.concat(
                                Stream.of("test", "rules"),
                                Monitoring.files(TESTS).stream().map(Path::toString))
                        .toArray(String[]::new)))
                .contains("SUCCESS")
                .doesNotContain("FAILED");
        List<JsonNode> cases = Monitoring.files(TESTS).stream()
                .flatMap(file -> Monitoring.yaml(file).path("tests").valueStream())
                .flatMap(test -> test.path("alert_rule_test").valueStream())
                .toList();
        assertThat(tested(cases, 1)).as("firing").containsExactlyElementsOf(names());
        assertThat(tested(cases, 0)).as("not firing").containsExactlyElementsOf(names());
    }

    /** The alerts with a case of so many, in the order of the cases. */
    private static List<String> tested(List<JsonNode> cases, int alerts) {
        return cases.stream()
                .filter(test -> test.path("exp_alerts").size() == alerts)
                .map(test -> test.path("alertname").asString())
                .distinct()
                .toList();
    }

    private static List<String> names() {
        return Monitoring.alerts().stream().map(Alert::name).toList();
    }

    @Test
    void everyAlertPointsToItsSectionOfTheRunbookWhichHasItsWords() {
        Map<String, String> sections = runbook();

        assertThat(sections.keySet()).containsExactlyElementsOf(names());
        assertThat(Monitoring.alerts()).allSatisfy(alert -> {
            assertThat(alert.runbook()).isEqualTo("README.md#" + alert.name().toLowerCase(Locale.ROOT));
            assertThat(sections.get(alert.name()))
                    .startsWith("`" + alert.severity() + "`: " + plain(alert.means()) + " " + alert.action());
        });
    }

    /** The README's sections on the alerts, by name, each on one line. */
    private static Map<String, String> runbook() {
        String readme = Monitoring.text(Path.of("README.md"));
        String part = readme.substring(readme.indexOf("\n### Runbook\n"), readme.indexOf("\n### Logs\n"));
        return Pattern.compile("(?s)\n#### (\\w+)\n(.*?)(?=\n#### |$)")
                .matcher(part)
                .results()
                .collect(Collectors.toMap(
                        section -> section.group(1),
                        section -> section.group(2).strip().replaceAll("\\s+", " "),
                        (one, other) -> one + other,
                        LinkedHashMap::new));
    }

    /** {@code {{ $labels.instance }}} is NODE, {@code {{ $value }}} is N. */
    private static String plain(String template) {
        String labels = Pattern.compile("\\{\\{ \\$labels\\.(\\w+) }}")
                .matcher(template)
                .replaceAll(label -> label.group(1).equals("instance")
                        ? "NODE"
                        : label.group(1).toUpperCase(Locale.ROOT));
        return labels.replaceAll("\\{\\{ \\$value[^}]*}}", "N");
    }

    @Test
    void dashboardShowsEveryMeterAndAsksForNoOther() {
        Set<String> shown = Monitoring.panels().stream()
                .flatMap(panel -> panel.queries().stream())
                .flatMap(MonitoringTest::meters)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> asked = Stream.concat(
                        shown.stream(),
                        Monitoring.alerts().stream().map(Alert::expr).flatMap(MonitoringTest::meters))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> meters = Stream.of(Meters.values())
                .map(meter -> meter.meter().replace('.', '_'))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(shown).containsAll(meters);
        assertThat(asked).isEqualTo(meters);
    }

    /** The bridge's own meters that a query asks for, also by way of a recording rule. */
    private static Stream<String> meters(String query) {
        String plain = query;
        for (Map.Entry<String, String> recording : Monitoring.recordings().entrySet()) {
            plain = plain.replace(recording.getKey(), recording.getValue());
        }
        return Pattern.compile("push_[a-z_]+")
                .matcher(plain)
                .results()
                .map(found -> found.group().replaceFirst("_total$|_seconds_bucket$", ""));
    }

    @Test
    void everyRecordingIsAskedFor() {
        List<String> queries = Stream.concat(
                        Monitoring.panels().stream().map(Panel::queries).flatMap(List::stream),
                        Monitoring.alerts().stream().map(Alert::expr))
                .toList();

        assertThat(Monitoring.recordings().keySet()).isNotEmpty().allSatisfy(recording -> {
            assertThat(queries).anyMatch(query -> query.contains(recording));
        });
    }

    @Test
    void everyPanelSaysWhatItShows() {
        assertThat(Monitoring.panels()).isNotEmpty().allSatisfy(panel -> {
            assertThat(panel.description()).as(panel.title()).isNotBlank();
            assertThat(panel.queries()).as(panel.title()).isNotEmpty();
        });
    }

    /** Grafana draws panels over one another without a word. */
    @Test
    void panelsFillTheirRowsWithoutOverlap() {
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : Monitoring.dashboard().path("panels")) {
            JsonNode at = panel.path("gridPos");
            for (int x = at.path("x").asInt();
                    x < at.path("x").asInt() + at.path("w").asInt();
                    x++) {
                for (int y = at.path("y").asInt();
                        y < at.path("y").asInt() + at.path("h").asInt();
                        y++) {
                    assertThat(taken.add(List.of(x, y)))
                            .as("%s at %d, %d", panel.path("title"), x, y)
                            .isTrue();
                    assertThat(x).isLessThan(24);
                }
            }
        }
        int rows = taken.stream().mapToInt(at -> at.get(1)).max().orElseThrow() + 1;
        assertThat(taken).hasSize(24 * rows);
    }

    @Test
    void grafanaFindsDataSourceAndDashboard() {
        JsonNode source = Monitoring.yaml(Path.of("monitoring/grafana/provisioning/datasources/prometheus.yml"))
                .at("/datasources/0");
        JsonNode provider = Monitoring.yaml(Path.of("monitoring/grafana/provisioning/dashboards/push-bridge.yml"))
                .at("/providers/0");

        assertThat(source.path("type").asString()).isEqualTo("prometheus");
        assertThat(source.path("isDefault").asBoolean()).isTrue();
        assertThat(source.at("/jsonData/timeInterval"))
                .isEqualTo(Monitoring.yaml(Monitoring.PROMETHEUS.resolve("prometheus.yml"))
                        .at("/global/scrape_interval"));
        assertThat(provider.path("type").asString()).isEqualTo("file");
        assertThat(provider.at("/options/path").asString()).isEqualTo("/var/lib/grafana/dashboards");
    }
}
