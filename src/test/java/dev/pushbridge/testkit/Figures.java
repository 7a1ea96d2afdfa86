package dev.pushbridge.testkit;

import dev.pushbridge.metrics.Meters;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** A scrape of a node: what an operator's Prometheus sees. */
public final class Figures {
    private static final Pattern LINE = Pattern.compile("(?<series>\\w+(?:\\{.*})?) (?<value>\\S+)");

    private final Map<String, Double> series = new HashMap<>();

    Figures(String scrape) {
        scrape.lines().map(LINE::matcher).filter(Matcher::matches).forEach(line -> {
            double value = Double.parseDouble(line.group("value"));
            if (!Double.isNaN(value)) { // a gauge that has lost what it measures
                series.put(line.group("series"), value);
            }
        });
    }

    /** The value of a meter without a tag; of a timer, how often it measured. */
    public long of(Meters meter) {
        return value(name(meter), name(meter) + "_total", name(meter) + "_seconds_count");
    }

    /** The value of a meter at one value of its tag. */
    public long of(Meters meter, String tagValue) {
        String labels = "{" + meter.tag() + "=\"" + tagValue + "\"}";
        return value(name(meter) + "_total" + labels, name(meter) + labels, name(meter) + "_seconds_count" + labels);
    }

    /** The sum over all values of the meter's tag, or the value of a meter that has none. */
    public long sum(Meters meter) {
        double[] values = series.entrySet().stream()
                .filter(entry -> entry.getKey().matches(name(meter) + "(_total|_seconds_count)?(\\{.*})?"))
                .mapToDouble(Map.Entry::getValue)
                .toArray();
        if (values.length == 0) {
            throw new AssertionError(meter.meter() + " is not among " + series.keySet());
        }
        return (long) DoubleStream.of(values).sum();
    }

    private long value(String... names) {
        return Stream.of(names)
                .filter(series::containsKey)
                .findFirst()
                .map(series::get)
                .orElseThrow(() -> new AssertionError(names[0] + " is not among " + series.keySet()))
                .longValue();
    }

    private static String name(Meters meter) {
        return meter.meter().replace('.', '_');
    }
}
