package dev.pushbridge.benchmark;

import dev.pushbridge.benchmark.Measured.Cost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.results.RunResult;

/** The run's tables, in Markdown. */
final class Report {
    private final StringBuilder text = new StringBuilder();
    private final Measured bridge;
    private final Measured plain;
    private final Latency kafkaAlone;

    Report(List<Measured> measured, Latency kafkaAlone) {
        this.bridge = measured.get(0);
        this.plain = measured.get(1);
        this.kafkaAlone = kafkaAlone;
    }

    String of(Collection<RunResult> steps) throws IOException {
        line(
                "%s, commit %s, %s, %d cores, Java %s, %s %s%s",
                LocalDate.now(ZoneOffset.UTC),
                Processes.saidBy("git", "describe", "--always", "--dirty"),
                processor(),
                Processes.cores(),
                System.getProperty("java.version"),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Processes.arePinned() ? "; the server alone on core 0" : "");
        line("");
        line("| | bridge | `sendEvent` | ratio |");
        line("|---|---|---|---|");
        for (int i = 0; i < bridge.byConnections.size(); i++) {
            cost("one recipient", bridge.byConnections.get(i), plain.byConnections.get(i));
        }
        slope("slope per 1 000 connections, CPU µs", server -> slope(server.byConnections, Report::thousands));
        for (int i = 1; i < bridge.byFanOut.size(); i++) {
            Cost cost = bridge.byFanOut.get(i);
            cost(
                    String.format(Locale.ROOT, "%,d recipients", cost.fanOut()).replace(',', ' '),
                    cost,
                    plain.byFanOut.get(i));
        }
        slope(
                "slope per tenfold recipients from 10 on, CPU µs",
                server -> slope(server.byFanOut.subList(1, server.byFanOut.size()), cost -> Math.log10(cost.fanOut())));
        ratio("event for nobody: CPU µs", "%.1f", server -> server.offlineMicros);
        ratio(
                "one recipient, 10 000 events/s: CPU µs per message",
                "%.0f",
                server -> Measured.median(server.fasterMicros));
        ratio(
                "one recipient, 2 000 events/s: CPU µs per message",
                "%.0f",
                server -> Measured.median(server.pacedMicros));
        latency(50);
        latency(99);
        ratio("handshake and login: CPU µs", "%.0f", server -> server.handshakeMicros);
        ratio("idle WebSocket: bytes of heap", "%.0f", server -> server.heapBytesPerConnection);
        ratio("idle WebSocket: KiB of resident memory beside the heap", "%.1f", server -> server.rssKibPerConnection);
        line("| messages lost | %d | %d | |", bridge.lost, plain.lost);
        line("");
        line(
                "A plain consumer instead of a server, 2 000 events/s: p50 %.2f ms, p99 %.2f ms.",
                kafkaAlone.at(50), kafkaAlone.at(99));
        line("");
        line("| step | ns |");
        line("|---|---|");
        steps.forEach(this::step);
        return text.toString();
    }

    private void cost(String recipients, Cost ours, Cost theirs) {
        String what = String.format(Locale.ROOT, "%s, %,d connections", recipients, ours.connections())
                .replace(',', ' ')
                .replaceFirst("  ", ", ");
        line(
                "| %s: CPU µs per message | %.1f | %.1f | %.2f |",
                what, ours.micros(), theirs.micros(), ours.micros() / theirs.micros());
        line(
                "| … messages/s | %.0f | %.0f | %.2f |",
                ours.perSecond(), theirs.perSecond(), ours.perSecond() / theirs.perSecond());
    }

    private void slope(String what, ToDoubleFunction<Measured> figure) {
        line("| %s | %+.2f | %+.2f | |", what, figure.applyAsDouble(bridge), figure.applyAsDouble(plain));
    }

    private void ratio(String what, String format, ToDoubleFunction<Measured> figure) {
        double ours = figure.applyAsDouble(bridge);
        double theirs = figure.applyAsDouble(plain);
        line("| %s | " + format + " | " + format + " | %.2f |", what, ours, theirs, ours / theirs);
    }

    private void latency(double percentile) {
        ratio(
                String.format(Locale.ROOT, "2 000 events/s, producer to client: p%.0f ms", percentile),
                "%.2f",
                server -> Latency.median(server.latencies).at(percentile));
    }

    private void step(RunResult step) {
        String name = step.getParams().getBenchmark().replaceFirst(".*\\.(\\w+)Benchmark\\.", "$1 ");
        String parameters = String.join(
                " ",
                step.getParams().getParamsKeys().stream()
                        .map(step.getParams()::getParam)
                        .toList());
        line("| %s %s | %.0f |", name, parameters, step.getPrimaryResult().getScore());
    }

    private static double thousands(Cost cost) {
        return cost.connections() / 1000.0;
    }

    /** By least squares. */
    private static double slope(List<Cost> costs, ToDoubleFunction<Cost> size) {
        double meanX = costs.stream().mapToDouble(size).average().orElseThrow();
        double meanY = costs.stream().mapToDouble(Cost::micros).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        for (Cost cost : costs) {
            double x = size.applyAsDouble(cost) - meanX;
            xy += x * (cost.micros() - meanY);
            xx += x * x;
        }
        return xy / xx;
    }

    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        return !Files.exists(info)
                ? System.getProperty("os.arch")
                : Files.readAllLines(info).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.replaceFirst(".*: ", ""))
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
    }

    private void line(String format, Object... figures) {
        text.append(String.format(Locale.ROOT, format, figures)).append('\n');
    }
}
