package dev.pushbridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.fault.Events.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The long form of the fault suite, beside stock Socket.IO that meets the same faults at the same time, or after it where
 * time is measured: prints the README's table, and leaves it with a picture in {@code target/faults}. Run by {@code mvn -Pfaults verify}.
 */
final class FaultSuite {
    private static final Heartbeat HEARTBEAT = new Heartbeat(Duration.ofSeconds(2), Duration.ofSeconds(2));
    private static final List<String> JVM = List.of("-Xmx256m", "-XX:+UseSerialGC");
    private static final int NODES = 3;
    /** The field measures some seconds here. */
    private static final double JITTER_REPLAY_P99_MILLIS = 1000;

    private final List<Score> scores = new ArrayList<>();

    @Test
    void nothingIsLostDoubledOrOutOfOrder() throws IOException {
        ExecutorService drives = Executors.newFixedThreadPool(Contender.values().length);
        try (Bridges bridges = Bridges.start("long", HEARTBEAT, NODES, JVM, Scale.LONG)) {
            for (Fault fault : faults()) {
                Executor those = fault.isTimed() ? Runnable::run : drives;
                Stream.of(Contender.values())
                        .filter(fault::concerns)
                        .map(contender -> CompletableFuture.supplyAsync(
                                () -> contender == Contender.BRIDGE
                                        ? Drive.run(fault, bridges.of(fault), Scale.LONG)
                                        : driveStock(fault, contender),
                                those))
                        .toList()
                        .forEach(drive -> add(drive.join()));
            }
            report();
            awaitDeadLetters(bridges.events());
        } finally {
            drives.shutdownNow();
        }
        assertThat(scores)
                .filteredOn(score -> score.contender() == Contender.BRIDGE)
                .allSatisfy(Verdict::assertKept)
                .filteredOn(score -> score.fault() == Fault.JITTER)
                .allSatisfy(score -> assertThat(score.replay().p99()).isLessThan(JITTER_REPLAY_P99_MILLIS));
    }

    /** All of them, or the one that the property {@code fault} names. */
    private static List<Fault> faults() {
        String name = System.getProperty("fault");
        return name == null ? List.of(Fault.values()) : List.of(Fault.valueOf(name));
    }

    private static Score driveStock(Fault fault, Contender contender) {
        try (StockCluster stock = new StockCluster(contender, HEARTBEAT, NODES)) {
            stock.startNodes();
            return Drive.run(fault, stock, Scale.LONG);
        }
    }

    private void add(Score score) {
        scores.add(score);
        System.out.println(score);
    }

    private void report() throws IOException {
        String table = LocalDate.now(ZoneOffset.UTC) + ", " + machine() + "\n\n" + FaultTable.of(scores);
        System.out.println("\n" + table);
        Files.writeString(ServerProcess.LOGS.resolve("faults.md"), table);
        Files.writeString(ServerProcess.LOGS.resolve("faults.svg"), FaultPlot.of(scores));
    }

    private static void awaitDeadLetters(Events events) {
        List<Place> bad = events.badRecords();
        events.awaitDeadLetters(bad);
        System.out.printf(
                "%d bad records, %d dead letters%n",
                bad.size(), events.deadLetters().size());
    }

    private static String machine() throws IOException {
        String model;
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            model = lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.replaceFirst(".*: ", ""))
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
        return Runtime.getRuntime().availableProcessors() + " cores of " + model + ", Java "
                + Runtime.version().feature();
    }
}
