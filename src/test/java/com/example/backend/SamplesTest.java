package com.example.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README prints the samples that the tests run. */
final class SamplesTest {
    private static final String MARK = "// README\n";

    @ParameterizedTest
    @ValueSource(strings = {"SpringNotifications", "PlainNotifications"})
    void readmePrintsTheSampleAsItIs(String sample) throws Exception {
        String source = Files.readString(Path.of("src/test/java/com/example/backend", sample + ".java"));
        String printed = source.substring(source.indexOf(MARK) + MARK.length(), source.lastIndexOf(MARK));
        assertThat(Path.of("README.md")).content().contains("```java\n" + printed + "```\n");
    }
}
