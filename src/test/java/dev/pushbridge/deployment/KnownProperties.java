package dev.pushbridge.deployment;

import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/** Every property that the bridge and Spring Boot know, from the metadata in their jars. */
final class KnownProperties {
    private final Map<String, JsonNode> byName = new TreeMap<>();
    private final Map<String, String> byVariable = new TreeMap<>();

    KnownProperties() throws IOException {
        ClassLoader classes = Objects.requireNonNull(getClass().getClassLoader());
        for (URL metadata : Collections.list(classes.getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream in = metadata.openStream()) {
                String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                for (JsonNode property : Json.parse(json).path("properties")) {
                    String name = property.path("name").asString();
                    byName.put(name, property);
                    byVariable.put(variable(name), name);
                    byVariable.put(variable(name.replace('-', '_')), name);
                }
            }
        }
    }

    /** The property that an environment variable sets, or "" for none. */
    String ofVariable(String variable) {
        return byVariable.getOrDefault(variable, "");
    }

    /** A property's default, as its metadata has it. */
    String defaultOf(String name) {
        return Objects.requireNonNull(byName.get(name), name)
                .path("defaultValue")
                .asString();
    }

    Duration defaultDurationOf(String name) {
        return DurationStyle.detectAndParse(defaultOf(name));
    }

    /** Spring Boot's rule: dots become underscores, letters are large; dashes go, or become underscores too. */
    private static String variable(String name) {
        return name.replace('.', '_').replace("-", "").toUpperCase(Locale.ROOT);
    }
}
