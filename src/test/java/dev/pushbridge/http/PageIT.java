package dev.pushbridge.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Browser;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The page in a real browser, two tabs of anna and one of ben. {@code src/test/js/page.mjs} presses the buttons. */
final class PageIT {
    private static final long PATIENCE_SECONDS = 180;
    /** The README's are copies of these. */
    private static final Path SCREENSHOTS = Path.of("target/screenshots");

    @RegisterExtension
    static final Bridge bridge = Bridge.on(
            Topic.create("events", 1), // a name for people: it is in the picture
            Map.of(
                    "push.page.enabled",
                    true,
                    "push.api.enabled",
                    true,
                    "management.endpoint.push.access",
                    "read-only"));

    @Test
    void pushesReachTheTabsOfTheirRecipientsABadRecordShowsItsReasonAndFaultsLoseNothing() throws Exception {
        JsonNode seen = drive("http://127.0.0.1:" + bridge.webPort());

        assertThat(seen.path("problems")).as("what the browser complained of").isEmpty();
        assertThat(headlines(seen, "anna"))
                .containsExactly(
                        "Ben liked “Sunset”", "You shall not pass !!!", "Anna follows you", "Ben liked “Sunset”");
        assertThat(seen.path("annaToo")).isEqualTo(seen.path("anna"));
        assertThat(headlines(seen, "ben")).containsExactly("You shall not pass !!!", "Anna follows you");
        assertThat(seen.path("latency").asString()).matches("\\d+ ms");

        JsonNode letter = seen.path("deadLetter");
        assertThat(letter.path("reason").asString()).isEqualTo("tokens");
        assertThat(letter.path("detail").asString())
                .isEqualTo("tokens: missing (expected: an array of 1 to 10000 strings)");
        assertThat(letter.path("origin").asString()).startsWith(bridge.topic().name() + "-0 at offset 3");
        assertThat(letter.path("bytes").asString()).contains("It says token, not tokens.");

        assertThat(seen.path("afterLogout").asString()).isEqualTo("Logged out. The connection stays.");
        assertThat(bridge.topic().awaitDeadLetters(1)).hasSize(1);

        JsonNode books = seen.path("books");
        assertThat(books.path("sent").asInt())
                .as("by this tab to its own token")
                .isEqualTo(1 + 1000);
        assertThat(books.path("received").asInt()).isEqualTo(4 + 2 + 1 + 1000);
        assertThat(books.path("replayed").asInt()).as("the cut may add one").isBetween(2, 3);
        assertThat(books.path("lost").asInt()).isZero();
        assertThat(books.path("doubled").asInt()).isZero();
        assertThat(seen.path("missing").toString())
                .as("what was for anna is nothing that ben misses")
                .isEqualTo("[1,0]");
        assertThat(seen.path("sparkline").asInt()).isEqualTo(120);
        assertThat(seen.path("restartHint").asString()).contains("docker compose restart bridge");
        assertThat(seen.path("story").path("record").asString())
                .matches(bridge.topic().name()
                        + ", partition 0, offset \\d+: dispatched, handed to the sessions below\\.");
        assertThat(seen.path("story").path("deliveries").valueStream().map(JsonNode::asString))
                .as("two tabs of anna; ben has logged out")
                .hasSize(2)
                .allMatch(line -> line.matches("anna, (this tab|socket .{6}…): written, acknowledged"));
        assertThat(SCREENSHOTS.resolve("page.png")).isNotEmptyFile();
        assertThat(SCREENSHOTS.resolve("dead-letter.png")).isNotEmptyFile();
    }

    private static String[] headlines(JsonNode seen, String tab) {
        return seen.path(tab).valueStream().map(JsonNode::asString).toArray(String[]::new);
    }

    private static JsonNode drive(String url) throws Exception {
        Path output = Files.createTempFile("page", ".json");
        Process driver = new ProcessBuilder(
                        "node", "src/test/js/page.mjs", Browser.executable().toString(), url, SCREENSHOTS.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(driver.waitFor(PATIENCE_SECONDS, SECONDS))
                    .as("driver ended")
                    .isTrue();
            String seen = Files.readString(output);
            assertThat(driver.exitValue()).as(seen).isZero();
            return Json.parse(seen);
        } finally {
            driver.destroy();
            Files.delete(output);
        }
    }
}
