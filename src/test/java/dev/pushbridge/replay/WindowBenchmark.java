package dev.pushbridge.replay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the replay window costs an event: is it a repeat, in with it, out with the oldest; of 250 bytes, in 64 MB. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xms512m", "-Xmx512m", "-XX:+UseSerialGC"})
public class WindowBenchmark {
    private final ReplayWindow window = new ReplayWindow(Duration.ofHours(1), Duration.ofHours(1), 64 << 20);
    private final byte[] payload = "x".repeat(250).getBytes(US_ASCII);
    private long offset;

    public WindowBenchmark() {
        window.begin(7);
        window.begin(0, 0);
    }

    @Benchmark
    public boolean event() {
        PushEvent event = new PushEvent(
                List.of("user-" + offset % 10_000), "post", RawJson.of("{}"), "like", "like-" + offset, null);
        window.advance(offset, offset);
        window.reach(0, offset + 1);
        boolean repeat = window.repeat(0, offset, event) != null;
        window.add(0, offset++, event, payload, payload.length);
        return repeat;
    }
}
