package dev.pushbridge.fault;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The scores as a picture: of what was due, the share that did not come, or came twice or out of order, by fault. */
final class FaultPlot {
    private static final Map<Contender, String> COLOURS =
            Map.of(Contender.BRIDGE, "#1a7f5a", Contender.STOCK, "#c8443c", Contender.STOCK_WITH_RECOVERY, "#d99a2b");
    private static final int LEFT = 360;
    private static final int WIDTH = 480;
    private static final int BAR = 12;
    private static final int GAP = 16;
    private static final int TOP = 56;

    private FaultPlot() {}

    /** An SVG document. */
    static String of(List<Score> scores) {
        StringBuilder body = new StringBuilder();
        int y = TOP;
        Map<Fault, List<Score>> byFault = scores.stream().collect(Collectors.groupingBy(Score::fault));
        for (Fault fault : Fault.values()) {
            List<Score> rows = byFault.getOrDefault(fault, List.of());
            if (rows.isEmpty()) {
                continue;
            }
            body.append(text(LEFT - 12, y + rows.size() * BAR / 2 + 4, "end", fault.words()));
            for (Score score : rows) {
                double share = share(score);
                body.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                        LEFT,
                        y,
                        Math.max(1, share * WIDTH),
                        BAR - 2,
                        COLOURS.get(score.contender())));
                body.append(text(
                        LEFT + (int) (share * WIDTH) + 8,
                        y + BAR - 2,
                        "start",
                        String.format(Locale.ROOT, "%.2f %%", share * 100)
                                + (score.lost() > 0 && score.silent() == 0 ? ", told so" : "")));
                y += BAR;
            }
            y += GAP;
        }
        String legend = Arrays.stream(Contender.values())
                .map(contender -> "<tspan fill=\"" + COLOURS.get(contender) + "\">" + contender.word() + " </tspan>")
                .collect(Collectors.joining(" "));
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
                <rect width="100%%" height="100%%" fill="white"/>
                <text x="12" y="22" font-size="14">Events lost, doubled or out of order, of those that were due</text>
                <text x="12" y="42">%s</text>
                %s</svg>
                """.formatted(LEFT + WIDTH + 80, y, legend, body);
    }

    private static double share(Score score) {
        return (score.lost() + score.doubled() + score.outOfOrder()) / (double) Math.max(1, score.expected());
    }

    private static String text(int x, int y, String anchor, String words) {
        return "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n".formatted(x, y, anchor, words);
    }
}
