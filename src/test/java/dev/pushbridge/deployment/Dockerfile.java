package dev.pushbridge.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** {@code src/main/docker/Dockerfile}, and what a Docker engine does with it, as far as that file goes. */
record Dockerfile(List<Instruction> instructions) {
    private static final Path FILE = Path.of("src/main/docker/Dockerfile");
    private static final Path JVMS = Path.of("/usr/lib/jvm");
    private static final Path OURS = Path.of(System.getProperty("java.home"));

    record Instruction(String word, String rest) {}

    static Dockerfile read() {
        return new Dockerfile(Pattern.compile("(?m)^([A-Z]+) (.*)$")
                .matcher(read(FILE))
                .results()
                .map(line -> new Instruction(line.group(1), line.group(2)))
                .toList());
    }

    String user() {
        return last("USER");
    }

    List<String> exposed() {
        return List.of(last("EXPOSE").split(" "));
    }

    /** With the java of {@link #jvm}. */
    List<String> entrypoint() {
        List<String> command = words(last("ENTRYPOINT"));
        assertThat(command.set(0, jvm().resolve("bin/java").toString())).isEqualTo("java");
        return command;
    }

    /** The Java version of the base image. */
    int version() {
        Matcher version = Pattern.compile(":(\\d+)").matcher(last("FROM"));
        assertThat(version.find()).isTrue();
        return Integer.parseInt(version.group(1));
    }

    /** A JVM of the base image's version where Debian has them; where there is none, the one that we run on. */
    Path jvm() {
        Pattern release = Pattern.compile("(?m)^JAVA_VERSION=\"" + version() + "\\b");
        try (Stream<Path> homes = Files.list(JVMS)) {
            return homes.filter(home -> Files.isRegularFile(home.resolve("release")))
                    .filter(home ->
                            release.matcher(read(home.resolve("release"))).find())
                    .findFirst()
                    .orElse(OURS);
        } catch (IOException e) {
            return OURS;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Carries out the two stages in a directory and returns the working directory of the second. The base image is this
     * machine; a stage's paths lie below the directory named like the stage.
     */
    Path build(Path directory) throws IOException, InterruptedException {
        Path root = directory;
        Path working = directory;
        for (Instruction instruction : instructions) {
            switch (instruction.word) {
                case "FROM" -> {
                    Matcher stage = Pattern.compile(" AS (\\w+)$").matcher(instruction.rest);
                    root = directory.resolve(stage.find() ? stage.group(1) : "image");
                }
                case "WORKDIR" -> working = Files.createDirectories(below(root, instruction.rest));
                case "COPY" -> copy(directory, working, instruction.rest);
                case "RUN" -> run(working, words(instruction.rest));
                case "USER", "EXPOSE", "ENTRYPOINT" -> {}
                default -> throw new AssertionError(instruction);
            }
        }
        return working;
    }

    /** Also what the engine would not send it, is not there for it. */
    private static void copy(Path directory, Path working, String arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(arguments.split(" ")));
        String target = words.remove(words.size() - 1);
        String source = words.remove(words.size() - 1);
        Path from;
        if (words.isEmpty()) {
            assertThat(Path.of(FILE + ".dockerignore")).content(UTF_8).contains("!" + source + "\n");
            from = Path.of(source);
            Files.copy(from, working.resolve(target).resolve(from.getFileName()));
        } else {
            from = below(directory.resolve(words.get(0).replace("--from=", "")), source);
            FileSystemUtils.copyRecursively(from, working.resolve(target).normalize());
        }
    }

    /** With the java of {@link #jvm} before any other; env, because it looks for the command where we say. */
    private void run(Path working, List<String> command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("run", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(working.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.command().add(0, "env");
        builder.environment().merge("PATH", jvm() + "/bin:", (path, first) -> first + path);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(10, MINUTES)).as(Files.readString(said)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(said)).isZero();
        } finally {
            process.destroyForcibly();
            Files.delete(said);
        }
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.substring(1));
    }

    private static List<String> words(String json) {
        List<String> words = new ArrayList<>();
        for (JsonNode word : Json.parse(json)) {
            words.add(word.asString());
        }
        return words;
    }

    private String last(String word) {
        return instructions.stream()
                .filter(instruction -> instruction.word.equals(word))
                .reduce((first, second) -> second)
                .orElseThrow()
                .rest;
    }
}
