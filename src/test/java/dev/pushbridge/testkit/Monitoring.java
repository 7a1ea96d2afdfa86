package dev.pushbridge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What {@code monitoring/} asks Prometheus, read from its files. */
public final class Monitoring {
    public static final Path PROMETHEUS = Path.of("monitoring/prometheus");
    public static final Path RULES = PROMETHEUS.resolve("rules");
    public static final Path DASHBOARD = Path.of("monitoring/grafana/dashboards/push-bridge.json");

    private Monitoring() {}

    /**
     * An alert, as its rule says it.
     *
     * @param means what has happened, in a template of Prometheus
     * @param action what to do
     * @param runbook where the README has more about it
     */
    public record Alert(String name, String expr, String severity, String means, String action, String runbook) {
        /**
         * The queries whose comparison with a bound the alert is, or whose absence: they give something also while all is
         * well. An alert is written as {@code query > bound}, or several of that kind around {@code and}, {@code unless} or
         * {@code or}.
         */
        public List<String> compared() {
            return comparisons(expr).stream()
                    .map(comparison -> comparison.replaceFirst(" (==|>|<) [0-9.]+$", ""))
                    .map(query -> query.replaceFirst("^absent\\((.*)\\)$", "$1"))
                    .toList();
        }
    }

    /** What stands between the logical operators that are in no brackets. */
    private static List<String> comparisons(String expr) {
        List<String> comparisons = new ArrayList<>();
        int begin = 0;
        Matcher operator = Pattern.compile(" (and|unless|or) ").matcher(expr);
        while (operator.find()) {
            String left = expr.substring(begin, operator.start());
            if (left.chars().filter(c -> c == '(').count()
                    == left.chars().filter(c -> c == ')').count()) {
                comparisons.add(left);
                begin = operator.end();
            }
        }
        comparisons.add(expr.substring(begin));
        return comparisons;
    }

    /** A query of the dashboard, with its variables in it. */
    public record Panel(String title, String description, List<String> queries) {}

    public static List<Alert> alerts() {
        return rules("alert")
                .map(rule -> new Alert(
                        rule.path("alert").asString(),
                        rule.path("expr").asString(),
                        rule.at("/labels/severity").asString(),
                        rule.at("/annotations/means").asString(),
                        rule.at("/annotations/action").asString(),
                        rule.at("/annotations/runbook").asString()))
                .toList();
    }

    /** The recording rules: name and expression. */
    public static Map<String, String> recordings() {
        return rules("record")
                .collect(Collectors.toMap(
                        rule -> rule.path("record").asString(),
                        rule -> rule.path("expr").asString()));
    }

    private static Stream<JsonNode> rules(String kind) {
        return files(RULES).stream()
                .flatMap(file -> yaml(file).path("groups").valueStream())
                .flatMap(group -> group.path("rules").valueStream())
                .filter(rule -> rule.has(kind));
    }

    /** Every panel that shows something. */
    public static List<Panel> panels() {
        List<Panel> panels = new ArrayList<>();
        for (JsonNode panel : dashboard().path("panels")) {
            if (!panel.path("type").asString().equals("row")) {
                panels.add(new Panel(
                        panel.path("title").asString(),
                        panel.path("description").asString(""),
                        panel.path("targets")
                                .valueStream()
                                .map(target -> target.path("expr").asString())
                                .toList()));
            }
        }
        return panels;
    }

    public static JsonNode dashboard() {
        return Json.parse(text(DASHBOARD));
    }

    public static JsonNode yaml(Path file) {
        return YAMLMapper.shared().readTree(text(file));
    }

    public static List<Path> files(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
