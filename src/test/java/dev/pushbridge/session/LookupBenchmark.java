package dev.pushbridge.session;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to find the sessions of a token: a million tokens are asked for, 100 000 sessions are logged in under a
 * tenth of them, on a heap of 256 MB. A token is a new string each time, as a record has it, so its hash is computed too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"})
public class LookupBenchmark {
    private static final int TOKENS = 1_000_000;
    private static final int SESSIONS = 100_000;

    private final SessionRegistry registry = new SessionRegistry();
    private final SplittableRandom random = new SplittableRandom(1);

    @Setup
    public void logIn() {
        for (int i = 0; i < SESSIONS; i++) {
            registry.login(new Idle("session-" + i), new Login("user-" + i, null, Instant.EPOCH));
        }
    }

    /** Of a token that is logged in. */
    @Benchmark
    public Session[] online() {
        return registry.sessionsOf("user-" + random.nextInt(SESSIONS));
    }

    /** Of a token that is not. */
    @Benchmark
    public Session[] offline() {
        return registry.sessionsOf("user-" + random.nextInt(SESSIONS, TOKENS));
    }

    /** What of the two above is the making of the token. */
    @Benchmark
    public String token() {
        return "user-" + random.nextInt(TOKENS);
    }

    private record Idle(String id) implements Session {
        @Override
        public void send(Frame frame) {}

        @Override
        public void resync(ResyncReason reason, Position now) {}

        @Override
        public CompletableFuture<Session.Progress> progress() {
            return CompletableFuture.completedFuture(new Session.Progress(0, "", 0));
        }

        @Override
        public void end(SessionEnd end) {}
    }
}
