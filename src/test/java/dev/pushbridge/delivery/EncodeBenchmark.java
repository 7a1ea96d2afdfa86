package dev.pushbridge.delivery;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

/** What it costs to write the one frame of an event. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"})
public class EncodeBenchmark {
    @Param({"200", "4000"})
    public int dataBytes;

    private final FrameEncoder encoder = new FrameEncoder();
    private final Position after = new Position("AQAAAAcMgKjGuAe4Hg", 1);
    private PushEvent event = of(0);

    @Setup
    public void make() {
        event = of(dataBytes);
    }

    private static PushEvent of(int dataBytes) {
        RawJson data = RawJson.of('"' + "x".repeat(dataBytes) + '"');
        return new PushEvent(List.of("anna"), "post", data, "like", "like-1", "2026-11-23T08:15:30Z");
    }

    @Benchmark
    public Frame encode() {
        encoder.encode(event);
        return Frame.of(encoder.payload(), 0, encoder.size(), after);
    }
}
