package dev.pushbridge.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** By how much the counters grew since the last time that somebody asked, in one line for people. Thread-safe. */
final class SummaryLine {
    private final MeterRegistry registry;
    /** What each counter had the last time. */
    private final Map<Counter, Long> told = new HashMap<>();

    SummaryLine(MeterRegistry registry) {
        this.registry = registry;
    }

    synchronized String next() {
        return String.join(
                ", ",
                sum("records", Meters.RECORDS),
                sum("deliveries", Meters.DELIVERIES),
                sum("dead letters", Meters.DEAD_LETTERS),
                sum("sessions ended", Meters.SESSIONS_ENDED),
                sum("requests refused", Meters.REQUESTS_REFUSED),
                "logged in now "
                        + (long) registry.get(Meters.SESSIONS.meter()).gauge().value());
    }

    /** {@code records 12 (dispatched 10, offline 2)}: the most frequent first, none that did not happen. */
    private String sum(String what, Meters meter) {
        List<Part> parts = new ArrayList<>();
        for (Counter counter : registry.get(meter.meter()).counters()) {
            long count = (long) counter.count();
            Long before = told.put(counter, count);
            parts.add(new Part(
                    String.valueOf(counter.getId().getTag(meter.tag())), before == null ? count : count - before));
        }
        long sum = parts.stream().mapToLong(Part::count).sum();
        String happened = parts.stream()
                .filter(part -> part.count > 0)
                .sorted(Comparator.comparingLong(Part::count).reversed().thenComparing(Part::word))
                .map(part -> part.word + " " + part.count)
                .collect(Collectors.joining(", ", " (", ")"));
        return what + " " + sum + (sum > 0 ? happened : "");
    }

    private record Part(String word, long count) {}
}
