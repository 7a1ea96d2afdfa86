package dev.pushbridge.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** {@code src/main/docker/Dockerfile}, and what a Docker engine does with it, as far as that file goes. */
record Dockerfile(List<Instruction> instructions) {
    private static final Path FILE = Path.of("src/main/docker/Dockerfile");

    record Instruction(String word, String rest) {}

    static Dockerfile read() {
        try {
            return new Dockerfile(Pattern.compile("(?m)^([A-Z]+) (.*)$")
                    .matcher(Files.readString(FILE))
                    .results()
                    .map(line -> new Instruction(line.group(1), line.group(2)))
                    .toList());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String user() {
        return last("USER");
    }

    List<String> exposed() {
        return List.of(last("EXPOSE").split(" "));
    }

    /** With this JVM's own java. */
    List<String> entrypoint() {
        return command(last("ENTRYPOINT"));
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
                case "RUN" -> run(working, command(instruction.rest));
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

    private static void run(Path working, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(working.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.substring(1));
    }

    private static List<String> command(String json) {
        List<String> command = new ArrayList<>();
        for (JsonNode word : Json.parse(json)) {
            command.add(word.asString());
        }
        assertThat(command.get(0)).isEqualTo("java");
        command.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        return command;
    }

    private String last(String word) {
        return instructions.stream()
                .filter(instruction -> instruction.word.equals(word))
                .reduce((first, second) -> second)
                .orElseThrow()
                .rest;
    }
}
