package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Hindsight;
import dev.pushbridge.event.Hop;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.LoginResult;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.FileSystemResource;
import tools.jackson.databind.JsonNode;

/** The README says what the code does, and leaves nothing out. Where a table is wrong, the failure shows the right one. */
final class ReadmeTest {
    private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");

    private final String readme = read(Path.of("README.md"));

    @Test
    void everyPropertyIsThereWithItsDefaultAndMeaning() {
        List<String> properties = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : properties().entrySet()) {
            JsonNode entry = property.getValue();
            properties.add(row(
                    code(property.getKey()),
                    defaultOf(entry),
                    entry.path("description").asString()));
        }
        assertThat(rows("### Properties").filter(row -> row.startsWith("| `push.")))
                .as("the table under ### Properties should be\n\n%s\n", String.join("\n", properties))
                .containsExactlyInAnyOrderElementsOf(properties);
    }

    @Test
    void everyMeterIsThereWithItsTagAndMeaning() {
        List<String> meters = new ArrayList<>();
        for (Meters meter : Meters.values()) {
            meters.add(row(code(meter.meter()), meter.tag().isEmpty() ? "" : code(meter.tag()), meter.help()));
        }
        assertThat(rows("### Meters").filter(row -> row.startsWith("| `push.")))
                .as("the table under ### Meters should be\n\n%s\n", String.join("\n", meters))
                .containsExactlyInAnyOrderElementsOf(meters);
    }

    @Test
    void everyWayToEndIsThere() {
        assertThat(words("| record | it |")).containsExactlyElementsOf(of(RecordOutcome.values(), RecordOutcome::word));
        assertThat(words("| delivery | it |"))
                .containsExactlyElementsOf(of(DeliveryOutcome.values(), DeliveryOutcome::word));
        assertThat(words("| outcome | the event |")).containsExactlyElementsOf(of(Hindsight.values(), Hindsight::word));
        assertThat(words("| reason | the record's value |"))
                .containsExactlyElementsOf(of(InvalidReason.values(), InvalidReason::word));
        assertThat(words("| resync | |")).containsExactlyElementsOf(of(ResyncReason.values(), ResyncReason::word));
        assertThat(words("| login | it |")).containsExactlyElementsOf(of(LoginResult.values(), LoginResult::word));
        assertThat(words("| hop | from … to |")).containsExactlyElementsOf(of(Hop.values(), Hop::word));
        assertThat(words("### Ends of sessions")).containsExactlyElementsOf(of(SessionEnd.values(), SessionEnd::word));
        assertThat(words("### Refused requests"))
                .containsExactlyElementsOf(of(RequestRefusal.values(), RequestRefusal::word));
        assertThat(words("### Refused logins"))
                .containsExactlyElementsOf(of(LoginRefusal.values(), LoginRefusal::word));
    }

    @Test
    void everyPropertyMeterAndTopicInTheTextExists() {
        Set<String> known = new TreeSet<>(properties().keySet());
        for (Meters meter : Meters.values()) {
            known.add(meter.meter());
            known.add(meter.meter().replace('.', '_'));
            known.add(meter.meter().replace('.', '_') + "_total");
        }
        known.add("push.events");
        known.add("push.events-dlt");
        known.add("push.canary");
        known.add("push.revocations");
        assertThat(found("`(push[._][a-z._-]+)`")).isNotEmpty().isSubsetOf(known);
    }

    @Test
    void everyClassInTheTextExists() {
        assertThat(found("`([a-z]+\\.[A-Z][A-Za-z]+)`")).isNotEmpty().allSatisfy(name -> {
            assertThat(Path.of("src/main/java/dev/pushbridge", name.replace('.', '/') + ".java"))
                    .exists();
        });
    }

    @Test
    void portsAreThoseOfTheCode() {
        Properties application = new Properties();
        YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
        yaml.setResources(new FileSystemResource("src/main/resources/application.yaml"));
        application.putAll(Objects.requireNonNull(yaml.getObject()));
        Map<String, String> ports = new TreeMap<>();
        Matcher row = Pattern.compile("(?m)^\\| (\\d+) \\|.*\\| `([a-z.]+\\.port)` \\|$")
                .matcher(readme);
        while (row.find()) {
            ports.put(row.group(2), row.group(1));
        }
        assertThat(ports)
                .containsEntry("server.port", String.valueOf(application.get("server.port")))
                .containsEntry("management.server.port", String.valueOf(application.get("management.server.port")))
                .containsEntry(
                        "push.socket.port",
                        defaultOf(Objects.requireNonNull(properties().get("push.socket.port")))
                                .replace("`", ""))
                .containsKey("development.broker.port")
                .hasSize(4);
    }

    @Test
    void linksLeadSomewhere() {
        List<String> headings = Pattern.compile("(?m)^#+ (.*)$")
                .matcher(readme)
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
        List<String> links = Pattern.compile("]\\(([^)]+)\\)")
                .matcher(readme)
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.startsWith("http"))
                .toList();
        assertThat(links).isNotEmpty().allSatisfy(link -> {
            if (link.startsWith("#")) {
                assertThat(headings).contains(link.substring(1));
            } else {
                assertThat(Path.of(link.replaceFirst("#.*", ""))).exists();
            }
        });
    }

    @Test
    void commandOfTheTestsIsTheOneThatIsRunForEveryCommit() {
        assertThat(readme).containsPattern("(?m)^mvn verify$");
        assertThat(read(Path.of(".ci/run"))).containsPattern("(?m)^exec mvn -B verify$");
    }

    @Test
    void jarHasTheNameThatTheReadmeStarts() {
        assertThat(read(Path.of("pom.xml"))).contains("<finalName>push-bridge</finalName>");
        assertThat(readme).contains("java -jar target/push-bridge.jar");
    }

    /** The properties that hold a value, by name; those that only group others are left out. */
    private static Map<String, JsonNode> properties() {
        Map<String, JsonNode> properties = new TreeMap<>();
        for (JsonNode property : Json.parse(read(METADATA)).path("properties")) {
            String name = property.path("name").asString();
            if (name.startsWith("push.") && !property.path("type").asString().endsWith("Settings")) {
                properties.put(name, property);
            }
        }
        return properties;
    }

    private static String defaultOf(JsonNode property) {
        JsonNode value = property.path("defaultValue");
        return value.isMissingNode() ? "" : code(value.asString());
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    private static String row(String... cells) {
        return ("| " + String.join(" | ", cells) + " |").replace("|  |", "| |");
    }

    /** The rows of the tables that follow a line, up to the next heading. */
    private Stream<String> rows(String after) {
        int start = readme.indexOf("\n" + after + "\n");
        assertThat(start).as("the line \"%s\" in README.md", after).isNotNegative();
        int end = readme.indexOf("\n#", start + after.length());
        return readme.substring(start + 1, end < 0 ? readme.length() : end)
                .lines()
                .skip(1)
                .filter(line -> line.startsWith("|"));
    }

    /** The words in the first column of the one table that follows a line. */
    private List<String> words(String after) {
        Pattern word = Pattern.compile("^\\| `([a-z0-9_]+)` \\|.*");
        return rows(after)
                .dropWhile(row -> !word.matcher(row).matches())
                .map(word::matcher)
                .takeWhile(Matcher::matches)
                .map(row -> row.group(1))
                .toList();
    }

    private Set<String> found(String pattern) {
        return Pattern.compile(pattern)
                .matcher(readme)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static <E> List<String> of(E[] values, Function<E, String> word) {
        return Stream.of(values).map(word).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
