package dev.pushbridge.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Script;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package for browsers, as the build puts it together. */
final class TypesIT {
    private static final Path WEB = Path.of("src/main/web");
    private static final Path SCHEMAS = Path.of("schemas");
    private static final int SMALL = 2_000;

    @Test
    void typesTakeWhatTheSchemasTakeAndRefuseWhatTheyRefuse(@TempDir Path directory) throws Exception {
        Path client = directory.resolve("client");

        Script.runIn(WEB, "types.mjs", SCHEMAS, WEB.resolve("client"), client);

        assertThat(client.resolve("push-bridge.js")).hasSameTextualContentAs(WEB.resolve("client/push-bridge.js"));
        assertThat(Script.run("types.mjs", client, SCHEMAS)).isEmpty();
    }

    @Test
    void readmePrintsTheSampleThatIsCompiled() throws Exception {
        String source = Files.readString(Path.of("src/test/js/typed.ts"));
        String mark = "// README\n";
        String printed = source.substring(source.indexOf(mark) + mark.length(), source.lastIndexOf(mark));
        assertThat(Path.of("README.md")).content().contains("```ts\n" + printed + "```\n");
    }

    @Test
    void helperIsSmall() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            Files.copy(WEB.resolve("client/push-bridge.js"), gzip);
        }
        assertThat(packed.size()).isLessThan(SMALL);
    }
}
