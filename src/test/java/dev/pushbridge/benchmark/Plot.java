package dev.pushbridge.benchmark;

import dev.pushbridge.benchmark.Measured.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/** The run's picture, in SVG: latency by percentile, and what a message costs by fan-out and by connections. */
final class Plot {
    private static final int WIDTH = 380;
    private static final int HEIGHT = 300;
    private static final int LEFT = 56;
    private static final int TOP = 44;
    private static final int GAP = 90;
    private static final String BRIDGE = "#0b7285";
    private static final String PLAIN = "#e8590c";
    private static final String KAFKA = "#868e96";

    private final StringBuilder svg = new StringBuilder();

    private record Point(double x, double y) {}

    private record Line(String name, String colour, List<Point> points) {}

    static String of(List<Measured> measured, Latency kafkaAlone) {
        Measured bridge = measured.get(0);
        Measured plain = measured.get(1);
        Plot plot = new Plot();
        int width = 3 * (WIDTH + GAP);
        plot.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" fill=\"#212529\"><rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>",
                width, HEIGHT + TOP + 60);
        plot.panel(
                0,
                "Producer to client at 2 000 events/s, ms",
                "percentile",
                percentile -> Math.log10(100 / (100 - percentile)),
                Latency.PERCENTILES,
                List.of(
                        new Line("Kafka alone", KAFKA, points(kafkaAlone)),
                        new Line("sendEvent", PLAIN, points(Latency.median(plain.latencies))),
                        new Line("bridge", BRIDGE, points(Latency.median(bridge.latencies)))));
        plot.panel(
                1,
                "CPU per message by fan-out, µs",
                "recipients of an event",
                Math::log10,
                axis(bridge.byFanOut, Cost::fanOut),
                costs(bridge.byFanOut, plain.byFanOut, Cost::fanOut));
        plot.panel(
                2,
                "CPU per message by connections, µs",
                "connections",
                connections -> connections,
                axis(bridge.byConnections, Cost::connections),
                costs(bridge.byConnections, plain.byConnections, Cost::connections));
        plot.add("</svg>");
        return plot.svg.toString();
    }

    private static List<Point> points(Latency latency) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < Latency.PERCENTILES.length; i++) {
            points.add(new Point(Latency.PERCENTILES[i], latency.millis()[i]));
        }
        return points;
    }

    private static double[] axis(List<Cost> costs, ToDoubleFunction<Cost> x) {
        return costs.stream().mapToDouble(x).toArray();
    }

    private static List<Line> costs(List<Cost> bridge, List<Cost> plain, ToDoubleFunction<Cost> x) {
        return List.of(new Line("sendEvent", PLAIN, points(plain, x)), new Line("bridge", BRIDGE, points(bridge, x)));
    }

    private static List<Point> points(List<Cost> costs, ToDoubleFunction<Cost> x) {
        return costs.stream()
                .map(cost -> new Point(x.applyAsDouble(cost), cost.micros()))
                .toList();
    }

    /** One diagram; {@code scale} bends the x axis, which has a mark at each of {@code marks}. The y axis begins at zero. */
    private void panel(
            int index, String title, String xName, DoubleUnaryOperator scale, double[] marks, List<Line> lines) {
        double from = scale.applyAsDouble(marks[0]);
        double to = scale.applyAsDouble(marks[marks.length - 1]);
        double top = roundUp(lines.stream()
                .flatMap(line -> line.points.stream())
                .mapToDouble(Point::y)
                .max()
                .orElse(1));
        add("<g transform=\"translate(%d %d)\">", index * (WIDTH + GAP) + LEFT, TOP);
        add("<text x=\"0\" y=\"-18\" font-size=\"14\" font-weight=\"bold\">%s</text>", title);
        for (int i = 0; i <= 4; i++) {
            double y = HEIGHT * (1 - i / 4.0);
            add("<path d=\"M0 %.1fH%d\" stroke=\"#dee2e6\"/>", y, WIDTH);
            add("<text x=\"-8\" y=\"%.1f\" text-anchor=\"end\">%s</text>", y + 4, number(top * i / 4));
        }
        for (double mark : marks) {
            double x = (scale.applyAsDouble(mark) - from) / (to - from) * WIDTH;
            add("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", x, HEIGHT + 18, number(mark));
        }
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>", WIDTH / 2, HEIGHT + 38, xName);
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            StringBuilder path = new StringBuilder();
            for (Point point : line.points) {
                double x = (scale.applyAsDouble(point.x) - from) / (to - from) * WIDTH;
                double y = HEIGHT * (1 - point.y / top);
                path.append(path.isEmpty() ? 'M' : 'L').append(String.format(Locale.ROOT, "%.1f %.1f", x, y));
                add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, line.colour);
            }
            add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, line.colour);
            add(
                    "<text x=\"12\" y=\"%d\" fill=\"%s\" font-weight=\"bold\">%s</text>",
                    16 + 16 * i, line.colour, line.name);
        }
        add("</g>");
    }

    /** To one or two digits that a quarter of can be read. */
    private static double roundUp(double value) {
        double unit = Math.pow(10, Math.floor(Math.log10(value)));
        return Math.ceil(value / unit * 2) / 2 * unit;
    }

    private static String number(double value) {
        String text = value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value).replace(',', ' ')
                : String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceFirst("0+$", "") : text;
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
