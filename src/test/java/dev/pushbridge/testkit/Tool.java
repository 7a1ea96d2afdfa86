package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A program of this machine that a test runs, such as nginx or Prometheus. */
public final class Tool {
    private final Path executable;

    private Tool(Path executable) {
        this.executable = executable;
    }

    /** Looks on the path, and where Debian keeps servers. Where it is not, the test is skipped and says how to get it. */
    public static Tool of(String name, String debianPackage) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + File.pathSeparator + "/usr/sbin";
        Optional<Path> found = Stream.of(path.split(File.pathSeparator))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            Assumptions.abort("skipped: no " + name + " on the path. To get it: apt-get install " + debianPackage);
        }
        return new Tool(found.get());
    }

    /** A call of it that is yet to be started; errors come with the output. */
    public ProcessBuilder call(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(executable.toString());
        builder.command().addAll(List.of(arguments));
        return builder.redirectErrorStream(true);
    }

    /** Runs it to its end and gives what it said; fails if it did not end well. */
    public String run(String... arguments) {
        try {
            Process process = call(arguments).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(executable + " " + String.join(" ", arguments) + ": " + said);
            }
            return said;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A port that nobody listens on. */
    public static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
