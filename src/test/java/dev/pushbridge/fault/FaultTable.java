package dev.pushbridge.fault;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The scores as the README shows them. */
final class FaultTable {
    private static final List<String> HEADINGS = List.of(
            "fault",
            "server",
            "clients",
            "expected",
            "lost",
            "doubled",
            "out of order",
            "cuts",
            "returns",
            "recovered",
            "missed",
            "replay p50 / p95 / p99",
            "longest away");

    private FaultTable() {}

    static String of(List<Score> scores) {
        return row(HEADINGS)
                + row(HEADINGS.stream().map(heading -> "---").toList())
                + scores.stream().map(FaultTable::row).collect(Collectors.joining());
    }

    private static String row(Score score) {
        return row(List.of(
                score.fault().words(),
                score.contender().word(),
                number(score.clients()),
                number(score.expected()),
                number(score.lost()) + (score.lost() > 0 && score.silent() == 0 ? ", told so" : ""),
                number(score.doubled()),
                number(score.outOfOrder()),
                number(score.cuts()),
                number(score.returns()),
                score.returns() == 0 ? "" : score.recovered() * 100 / score.returns() + " %",
                number(score.missed()),
                score.missed() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "%.0f / %.0f / %.0f ms",
                                score.replay().p50(),
                                score.replay().p95(),
                                score.replay().p99()),
                String.format(Locale.ROOT, "%.1f s", score.longestAwayMillis() / 1000)));
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    private static String number(int number) {
        return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
    }
}
