package dev.pushbridge.shadow;

import dev.pushbridge.event.InvalidReason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a topic, added up: nothing of a record is kept but its place and what is wrong with it. Rates go by the
 * records' own timestamps, so that a backlog that is read in a second is not a rush. Thread-safe.
 */
public final class Sightings {
    /** Types that are counted by name; the others together. */
    static final int TYPES = 50;
    /** The latest records that are no events. */
    static final int EXAMPLES = 20;
    /** Seconds that are counted at the same time: partitions are not read in step. */
    private static final int SECONDS = 600;

    /** What clocks may differ by, and reading may take. */
    private static final long SKEW_MILLIS = 60_000;

    private static final String OTHERS = "(others)";
    private static final String UNTYPED = "(none)";

    private final InstantSource clock;
    private final long lookBackMillis;

    private long records;
    private long recipients;
    private long badTimestamps;
    private long valueBytes;
    private int largestFanOut;
    /** By powers of two: events of up to 1, 2, 4, … recipients. */
    private final long[] fanOuts = new long[Integer.SIZE];

    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = Long.MIN_VALUE;
    private final long[] seconds = new long[SECONDS];
    private final int[] recordsIn = new int[SECONDS];
    private final int[] recipientsIn = new int[SECONDS];
    private int mostRecords;
    private int mostRecipients;

    private final Map<String, Long> types = new TreeMap<>();
    private final Map<InvalidReason, Long> invalid = new EnumMap<>(InvalidReason.class);
    private final Deque<Example> examples = new ArrayDeque<>();

    /** @param lookBack how far back the node reads at its start */
    Sightings(InstantSource clock, Duration lookBack) {
        this.clock = clock;
        this.lookBackMillis = lookBack.toMillis();
    }

    /** An event.
     *
     * @param millis the record's timestamp, since 1970, or less than 0 if it has none
     */
    public synchronized void event(@Nullable String type, int recipientCount, int bytes, long millis) {
        count(recipientCount, bytes, millis);
        recipients += recipientCount;
        largestFanOut = Math.max(largestFanOut, recipientCount);
        fanOuts[Integer.SIZE - Integer.numberOfLeadingZeros(recipientCount - 1)]++;
        String name = type == null ? UNTYPED : type;
        types.merge(types.size() < TYPES || types.containsKey(name) ? name : OTHERS, 1L, Long::sum);
    }

    /** A record that is no event.
     *
     * @param place its topic, partition and offset
     * @param detail what was found and what was expected
     */
    public synchronized void invalid(String place, InvalidReason reason, String detail, int bytes, long millis) {
        count(0, bytes, millis);
        invalid.merge(reason, 1L, Long::sum);
        if (examples.size() == EXAMPLES) {
            examples.removeFirst();
        }
        examples.addLast(new Example(place, reason.word(), detail));
    }

    private void count(int recipientCount, int bytes, long timestampMillis) {
        records++;
        valueBytes += bytes;
        long now = clock.millis();
        boolean isGood = timestampMillis > now - lookBackMillis - SKEW_MILLIS && timestampMillis < now + SKEW_MILLIS;
        badTimestamps += isGood ? 0 : 1;
        long millis = isGood ? timestampMillis : now;
        firstMillis = Math.min(firstMillis, millis);
        lastMillis = Math.max(lastMillis, millis);
        long second = Math.floorDiv(millis, 1000L);
        int slot = (int) Math.floorMod(second, (long) SECONDS);
        if (seconds[slot] > second) {
            return; // so much older than the others that its second is not counted any more
        }
        if (seconds[slot] < second) {
            seconds[slot] = second;
            recordsIn[slot] = 0;
            recipientsIn[slot] = 0;
        }
        mostRecords = Math.max(mostRecords, ++recordsIn[slot]);
        mostRecipients = Math.max(mostRecipients, recipientsIn[slot] += recipientCount);
    }

    /** What was seen so far. */
    public synchronized Seen seen() {
        double span = records == 0 ? 1 : Math.max(1, (lastMillis - firstMillis) / 1000.0);
        long events = Arrays.stream(fanOuts).sum();
        Map<String, Long> reasons = new TreeMap<>();
        invalid.forEach((reason, count) -> reasons.put(reason.word(), count));
        return new Seen(
                Duration.ofMillis(records == 0 ? 0 : lastMillis - firstMillis),
                records,
                new Rate(records / span, mostRecords),
                new Rate(recipients / span, mostRecipients),
                new FanOut(
                        events == 0 ? 0 : (double) recipients / events,
                        atMost(events, 0.5),
                        atMost(events, 0.99),
                        largestFanOut),
                records == 0 ? 0 : valueBytes / records,
                badTimestamps,
                Map.copyOf(types),
                reasons,
                List.copyOf(examples));
    }

    /** A number of recipients that this share of the events does not exceed: a power of two, or the largest. */
    private int atMost(long events, double share) {
        long seen = 0;
        for (int i = 0; i < fanOuts.length; i++) {
            seen += fanOuts[i];
            if (seen >= share * events) {
                return Math.min(1 << i, largestFanOut);
            }
        }
        return largestFanOut;
    }

    /**
     * What was seen.
     *
     * @param span between the timestamps of the first and the last record
     * @param records all of them, events or not
     * @param recipientRate recipients of events; a recipient with two tabs will be two deliveries
     * @param meanValueBytes bytes of a record's value
     * @param badTimestamps records that have no timestamp, or one that cannot be right: more than a minute ahead of this
     *     node's clock, or further back than it reads; they count for the time when they were read
     * @param types events by type
     * @param invalid records that are no events, by reason
     * @param examples the latest of those
     */
    public record Seen(
            Duration span,
            long records,
            Rate recordRate,
            Rate recipientRate,
            FanOut fanOut,
            long meanValueBytes,
            long badTimestamps,
            Map<String, Long> types,
            Map<String, Long> invalid,
            List<Example> examples) {}

    /** Per second.
     *
     * @param mean over the span
     * @param most in any second
     */
    public record Rate(double mean, int most) {}

    /** Recipients of an event.
     *
     * @param half half of the events have at most so many
     * @param most 99 % have at most so many
     */
    public record FanOut(double mean, int half, int most, int largest) {}

    /** A record that is no event. */
    public record Example(String place, String reason, String detail) {}
}
