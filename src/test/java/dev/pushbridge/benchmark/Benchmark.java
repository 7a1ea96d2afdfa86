package dev.pushbridge.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@code mvn -Pbenchmark verify}: the steps of a push one by one (JMH), then the load run, then a table and a picture. */
final class Benchmark {
    private static final Path TABLE = Path.of("target/benchmark/table.md");
    private static final Path PICTURE = Path.of("target/benchmark/picture.svg");

    private Benchmark() {}

    public static void main(String[] arguments) throws Exception {
        Files.createDirectories(TABLE.getParent());
        Processes.leaveFirstCore();
        Collection<RunResult> steps = steps();
        try (LoadRun load = new LoadRun()) {
            List<Measured> measured = load.run();
            Latency kafkaAlone = load.kafkaAlone();
            write(TABLE, new Report(measured, kafkaAlone).of(steps));
            write(PICTURE, Plot.of(measured, kafkaAlone));
        }
        System.out.println('\n' + Files.readString(TABLE) + '\n' + TABLE + ", " + PICTURE);
    }

    private static Collection<RunResult> steps() throws RunnerException {
        System.out.println("Decoding, lookup, encoding and the window, one by one: two minutes");
        return new Runner(new OptionsBuilder()
                        .include("dev\\.pushbridge\\..*Benchmark\\..*")
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }
}
