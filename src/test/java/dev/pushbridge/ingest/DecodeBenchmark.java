package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.util.unit.DataSize;

/** What it costs to read one record: its envelope, and under {@code push.validation: full} its data too. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"})
public class DecodeBenchmark {
    private static final String MANY_TOKENS = "1000-tokens";

    @Param({"like", "comment", "own-type", MANY_TOKENS})
    public String record = "";

    private EventReader envelope;
    private EventReader full;
    private byte[] value;

    public DecodeBenchmark() {
        EventDecoder decoder = new EventDecoder(DataSize.ofKilobytes(512));
        envelope = EventReader.ofEnvelope(decoder);
        full = EventReader.ofEverything(decoder, DataValidator.load(null));
        value = new byte[0];
    }

    @Setup
    public void read() throws IOException {
        value = record.equals(MANY_TOKENS)
                ? IntStream.range(0, 1000)
                        .mapToObj(i -> "\"user-" + i + '"')
                        .collect(Collectors.joining(",", "{\"tokens\":[", "],\"data\":{}}"))
                        .getBytes(UTF_8)
                : Files.readAllBytes(Path.of("schemas/examples/valid", record + ".json"));
    }

    @Benchmark
    public PushEvent envelope() throws InvalidEventException {
        return envelope.read(value);
    }

    @Benchmark
    public PushEvent full() throws InvalidEventException {
        return full.read(value);
    }
}
