package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Scripts of {@code src/test/js}, run by Node to their end. */
public final class Script {
    private static final Path DIRECTORY = Path.of("src/test/js");
    private static final long PATIENCE_SECONDS = 120;

    private Script() {}

    /** Runs a script and returns what it printed; fails if it says by its exit code that it failed. */
    public static String run(String script, Object... arguments) throws IOException, InterruptedException {
        return runIn(DIRECTORY, script, arguments);
    }

    /** Runs a script in another directory than the tests' own. */
    public static String runIn(Path directory, String script, Object... arguments)
            throws IOException, InterruptedException {
        Process node = start(directory, script, arguments);
        try {
            String said = new String(node.getInputStream().readAllBytes(), UTF_8);
            assertThat(node.waitFor(PATIENCE_SECONDS, SECONDS))
                    .as("%s ended", script)
                    .isTrue();
            assertThat(node.exitValue()).as(said).isZero();
            return said;
        } finally {
            node.destroy();
        }
    }

    /** Starts {@code node} with these arguments, among the libraries of the tests. Whoever calls it ends it. */
    public static Process start(String first, Object... arguments) throws IOException {
        return start(DIRECTORY, first, arguments);
    }

    private static Process start(Path directory, String first, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", first));
        for (Object argument : arguments) {
            command.add(argument instanceof Path path ? path.toAbsolutePath().toString() : argument.toString());
        }
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
