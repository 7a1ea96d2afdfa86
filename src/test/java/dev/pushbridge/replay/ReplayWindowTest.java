package dev.pushbridge.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.ResyncReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ReplayWindowTest {
    private static final int TOPIC = 7;
    private static final long MEGABYTE = 1 << 20;
    private static final long KEEP = 10_000;
    private static final long AGAIN = 7_000;

    private final ReplayWindow window = window(MEGABYTE);

    private static ReplayWindow window(long bytes) {
        ReplayWindow begun = new ReplayWindow(Duration.ofSeconds(10), Duration.ofSeconds(8), bytes);
        begun.begin(TOPIC);
        begun.begin(0, 0);
        begun.begin(1, 0);
        return begun;
    }

    @Test
    void missedAreTheTokensOwnEventsFromTheCursorOnInOrder() {
        add(0, 0, "a", "anna");
        add(1, 0, "b", "ben", "anna");
        Cursor afterB = now();
        add(0, 1, "c", "ben");
        add(1, 1, "d", "anna");

        assertThat(missed("anna", cursor(0, 0))).containsExactly("a", "b", "d");
        assertThat(missed("anna", afterB)).containsExactly("d");
        assertThat(missed("ben", afterB)).containsExactly("c");
        assertThat(missed("carla", cursor(0, 0))).isEmpty();
        assertThat(missed("anna", now())).isEmpty();
    }

    /** The client comes from a node that was further in partition 0 and less far in partition 1. */
    @Test
    void cursorOfMissedEventsNeverGoesBackBehindTheClients() {
        add(1, 0, "a", "anna");
        add(0, 0, "b", "anna");
        add(1, 1, "c", "anna");

        Missed missed = window.missed("anna", cursor(1, 0));

        missed.next();
        assertThat(Cursor.of(missed.cursor()).positions(2))
                .as("has b, by its own word, and a")
                .containsExactly(1, 1);
        missed.next();
        assertThat(Cursor.of(missed.cursor()).positions(2)).containsExactly(1, 2);
        assertThat(missed.remaining()).isZero();
    }

    @Test
    void whatAClientHasIsWhatCameToItAndIsShownOnce() {
        add(0, 0, "before it came", "anna");
        long came = window.end();
        add(0, 1, "a", "anna");
        add(1, 0, "ben's", "ben");
        Cursor afterA = now();
        add(1, 1, "b", "anna");
        Cursor afterB = now();
        add(0, 2, "c", "anna");

        assertThat(had(came, null, null, afterA)).containsExactly("0@1");
        assertThat(had(came, null, null, afterB)).containsExactly("1@1", "0@1");
        assertThat(had(came, null, afterA, afterB)).containsExactly("1@1");
        assertThat(had(came, null, afterB, afterB)).isEmpty();
        assertThat(had(came, null, afterB, afterA))
                .as("less than it said before")
                .isEmpty();
        assertThat(had(came, cursor(0, 0), null, afterA)).as("came back").containsExactly("0@1", "0@0");
        assertThat(had(came, cursor(1, 0), null, afterA)).containsExactly("0@1");
        assertThat(had(came, null, null, Cursor.of(TOPIC + 1, new long[] {9, 9})))
                .isEmpty();
        assertThat(had(came, null, null, Cursor.UNREADABLE)).isEmpty();
    }

    /** It had 1@0 already, on a node that had read partition 1 first. */
    @Test
    void whatAClientHasIsShownAlsoBehindWhatItHadBeforeItCameBack() {
        window.begin(2, 0);
        add(2, 0, "a", "anna");
        add(0, 0, "b", "anna");
        add(1, 0, "had", "anna");
        long came = window.end();
        Cursor since = cursor(0, 1, 0);

        assertThat(missed("anna", since)).containsExactly("a", "b");
        assertThat(had(came, since, null, cursor(0, 1, 1))).containsExactly("2@0");
        assertThat(had(came, since, cursor(0, 1, 1), cursor(1, 1, 1))).containsExactly("0@0");
    }

    @Test
    void whatAClientHasIsShownAlsoOfATopicThatWasMadeAnew() {
        add(0, 0, "a", "anna");
        long came = window.end();
        Cursor beforeIt = now();
        window.begin(TOPIC + 1);
        window.begin(0, 0);
        add(0, 0, "b", "anna");

        assertThat(had(came, null, beforeIt, now())).containsExactly("0@0");
    }

    private List<String> had(long from, @Nullable Cursor since, @Nullable Cursor before, Cursor has) {
        List<String> places = new ArrayList<>();
        window.forEachHad(
                "anna", from, since, before, has, (partition, offset) -> places.add(partition + "@" + offset));
        return places;
    }

    @Test
    void eventIsDroppedByTime_andWhoNeedsItIsNotCovered() {
        window.advance(1_000, 1_000);
        add(0, 0, "a", "anna");
        Cursor afterA = now();
        window.advance(11_000, 11_000);
        assertThat(window.gapAfter(cursor(0, 0))).isNull();

        window.advance(11_001, 11_001);

        assertThat(window.gapAfter(cursor(0, 0))).isEqualTo(ResyncReason.EXPIRED);
        assertThat(window.gapAfter(afterA)).isNull();
        assertThat(window.events()).isZero();
        assertThat(window.bytes()).isZero();
    }

    @Test
    void nothingIsDroppedWhileNothingComes() {
        window.advance(1_000, 1_000);
        Cursor old = now();
        window.advance(100_000_000, 100_000_000);
        assertThat(window.gapAfter(old)).isNull();
    }

    @Test
    void bytesAreBounded_andTheOldestGoFirst() {
        String data = "x".repeat(10_000);
        for (int i = 0; i < 1_000; i++) {
            add(0, i, data, "anna");
            assertThat(window.bytes()).isLessThanOrEqualTo(MEGABYTE);
        }
        assertThat(window.events()).isBetween(60, 110);
        int kept = window.events();
        assertThat(window.gapAfter(cursor(1_000 - kept - 1, 0))).isEqualTo(ResyncReason.EXPIRED);
        assertThat(missed("anna", cursor(1_000 - kept, 0))).hasSize(kept);
    }

    @Test
    void eventLargerThanASlabIsKept() {
        String data = "x".repeat(600_000);
        add(0, 0, "a", "anna");
        add(0, 1, data, "anna");
        add(0, 2, "c", "anna");
        assertThat(missed("anna", cursor(0, 0))).containsExactly("a", data, "c");
    }

    @Test
    void missedOnceFoundAreReadAlsoWhenTheyAreDroppedMeanwhile() {
        window.advance(1, 1);
        add(0, 0, "a", "anna");
        Missed missed = window.missed("anna", cursor(0, 0));
        window.advance(1_000_000, 1_000_000);
        add(0, 1, "b", "anna");
        assertThat(data(missed)).containsExactly("a");
    }

    @Test
    void repeatIsNoEvent_andIsOneForAsLongAfterTheLastTime() {
        window.advance(1_000, 1_000);
        assertThat(isRepeat(0, 0, "x")).isFalse();
        window.advance(9_000, 9_000);
        assertThat(isRepeat(1, 0, "x")).isTrue();
        assertThat(window.events()).isEqualTo(1);
        window.advance(17_000, 17_000);
        assertThat(isRepeat(1, 1, "x")).as("8 s after the last one").isTrue();
        assertThat(window.events()).as("the first is too old").isZero();
        window.advance(25_001, 25_001);
        assertThat(isRepeat(1, 2, "x")).as("8 s and 1 ms").isFalse();
    }

    @Test
    void whetherItIsARepeatGoesByWhenTheRecordsWereMade_notWhenTheyCame() {
        window.advance(1_000, 1_000);
        isRepeat(0, 0, "x");
        window.advance(9_000, 9_900);
        assertThat(isRepeat(0, 1, "x")).as("made 8 s later, came later").isTrue();
        window.advance(500, 10_000);
        assertThat(isRepeat(1, 0, "x"))
                .as("by a producer whose clock is behind")
                .isTrue();
        window.advance(17_001, 17_001);
        assertThat(isRepeat(0, 2, "x")).as("made more than 8 s later").isFalse();
    }

    /**
     * One node reads as the records come, from two producers whose clocks differ and with delays; another one starts at the
     * end and reads back in about the order of time. They find the same places to be repeats, but for an event that begins
     * before that: an id may come again and again, and so go back further than anybody reads. It then begins later there.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nodeThatReadsBackFindsTheSameRepeatsAsOneThatWasThere(long seed) {
        Random random = new Random(seed);
        List<Made> records = new ArrayList<>();
        Map<String, Long> used = new TreeMap<>();
        long[] offsets = new long[2];
        for (int i = 0; i < 400; i++) {
            int partition = random.nextInt(2);
            long came = 100_000 + i * 100L;
            long made = came - random.nextInt(500) + (partition == 0 ? 0 : 700); // whose clock is ahead
            String id = again(used, came, random);
            used.put(id, came);
            records.add(new Made(partition, offsets[partition]++, made, came, id));
        }
        Set<String> there = new TreeSet<>();
        ReplayWindow live = kept();
        records.forEach(record -> record.goesInto(live, record.came, there));

        Set<String> back = new TreeSet<>();
        ReplayWindow later = kept();
        long from = records.get(records.size() - 1).made - 2 * KEEP;
        Set<String> goBack = placesOfEventsFromBefore(from, records);
        for (int p = 0; p < 2; p++) {
            int partition = p;
            long first = records.stream()
                    .filter(record -> record.partition == partition && record.made >= from)
                    .mapToLong(record -> record.offset)
                    .min()
                    .orElseThrow();
            later.begin(p, first);
            records.removeIf(record -> record.partition == partition && record.offset < first);
        }
        Map<String, Long> read = new HashMap<>();
        records.forEach(record -> read.put(record.place(), record.made + random.nextInt(1_000)));
        records.sort(Comparator.comparingLong(record -> requireNonNull(read.get(record.place()))));
        inOrderOfTheirPartitions(records).forEach(record -> record.goesInto(later, record.made, back));

        Set<String> lately = new TreeSet<>();
        records.stream().filter(record -> record.made > from + KEEP).forEach(record -> lately.add(record.place()));
        lately.removeAll(goBack);
        there.retainAll(lately);
        back.retainAll(lately);
        assertThat(there).isNotEmpty();
        assertThat(back).as("seed %d", seed).isEqualTo(there);
    }

    private static Set<String> placesOfEventsFromBefore(long from, List<Made> records) {
        Map<String, List<Made>> byId = new TreeMap<>();
        records.forEach(record ->
                byId.computeIfAbsent(record.id, id -> new ArrayList<>()).add(record));
        Set<String> places = new TreeSet<>();
        byId.values().forEach(uses -> {
            uses.sort(Comparator.comparingLong(Made::made));
            boolean goesBack = false;
            for (int i = 0; i < uses.size(); i++) {
                boolean goesOn = i > 0 && uses.get(i).made - uses.get(i - 1).made <= AGAIN;
                goesBack = uses.get(i).made < from || (goesBack && goesOn);
                if (goesBack) {
                    places.add(uses.get(i).place());
                }
            }
        });
        return places;
    }

    static List<Long> seeds() {
        List<Long> seeds = new ArrayList<>(List.of(1L, 2L, 3L));
        ThreadLocalRandom.current().longs(50).forEach(seeds::add);
        return seeds;
    }

    private static ReplayWindow kept() {
        ReplayWindow begun = new ReplayWindow(Duration.ofMillis(KEEP), Duration.ofMillis(AGAIN), MEGABYTE);
        begun.begin(TOPIC);
        begun.begin(0, 0);
        begun.begin(1, 0);
        return begun;
    }

    /** An id that was used lately, or long ago, or never: nothing that is a repeat by some milliseconds. */
    private static String again(Map<String, Long> used, long now, Random random) {
        List<String> ids = used.entrySet().stream()
                .filter(use -> Math.abs(now - use.getValue() - AGAIN) > 3_000)
                .map(Map.Entry::getKey)
                .toList();
        return ids.isEmpty() || random.nextInt(3) == 0 ? "id " + used.size() : ids.get(random.nextInt(ids.size()));
    }

    /** A delay in reading does not change the order of a partition. */
    private static List<Made> inOrderOfTheirPartitions(List<Made> records) {
        List<List<Made>> partitions = List.of(new ArrayList<>(), new ArrayList<>());
        records.forEach(record -> partitions.get(record.partition).add(record));
        partitions.forEach(partition -> partition.sort(Comparator.comparingLong(record -> record.offset)));
        List<Made> inOrder = new ArrayList<>();
        records.forEach(record -> inOrder.add(partitions.get(record.partition).remove(0)));
        return inOrder;
    }

    /** A record, as its producer's clock has it, and when it came. */
    private record Made(int partition, long offset, long made, long came, String id) {
        void goesInto(ReplayWindow window, long cameHere, Set<String> repeats) {
            PushEvent event = event(id, "anna");
            window.advance(made, cameHere);
            window.reach(partition, offset + 1);
            ReplayWindow.Repeat repeat = window.repeat(partition, offset, event);
            if (repeat == null) {
                window.add(partition, offset, event, new byte[] {'x'}, 1);
            } else {
                repeats.add(repeat.partition() + "@" + repeat.offset());
            }
        }

        String place() {
            return partition + "@" + offset;
        }
    }

    /** An unclean election of a leader: 0@1 and 0@2 are gone, and others come in their places. */
    @Test
    void whatTheTopicHasLostIsNotReplayedAndNothingIsItsRepeat() {
        isRepeat(0, 0, "x");
        isRepeat(0, 1, "y");
        isRepeat(1, 0, "z");
        window.begin(0, 1);

        assertThat(missed("anna", cursor(1, 0))).as("z").hasSize(1);
        assertThat(isRepeat(0, 1, "y")).as("sent again").isFalse();
        assertThat(isRepeat(0, 2, "z")).isTrue();
        assertThat(missed("anna", cursor(1, 1))).as("y").hasSize(1);
    }

    /** Another node has noticed it already. */
    @Test
    void cursorOfAPartitionThatIsNotKnownYetIsNotReachedAndNotBeyondTheEnd() {
        assertThat(window.hasReached(cursor(0, 0, 5))).isFalse();
        assertThat(window.isBefore(cursor(0, 0, 5), new long[] {0, 0})).isTrue();
        assertThat(window.isBefore(cursor(0, 1, 5), new long[] {0, 0})).isFalse();
    }

    @Test
    void emptyIdIsNone() {
        assertThat(isRepeat(0, 0, "")).isFalse();
        assertThat(isRepeat(0, 1, "")).isFalse();
    }

    /** Here 0@0 came first, there 1@0; whoever is beyond either of them has the event. */
    @Test
    void clientHasAnEventIfItIsBeyondAnyOfItsRepeats() {
        isRepeat(0, 0, "x");
        isRepeat(1, 0, "x");
        isRepeat(1, 1, "x");
        assertThat(missed("anna", cursor(0, 0))).hasSize(1);
        assertThat(missed("anna", cursor(0, 1))).isEmpty();
        assertThat(missed("anna", cursor(0, 2))).isEmpty();
        assertThat(missed("anna", cursor(1, 0))).isEmpty();
    }

    @Test
    void cursorOfAnotherTopicOrOfNoSenseIsNotCovered() {
        assertThat(window.gapAfter(Cursor.of(TOPIC + 1, new long[] {0, 0}))).isEqualTo(ResyncReason.TOPIC);
        assertThat(window.gapAfter(Cursor.UNREADABLE)).isEqualTo(ResyncReason.CURSOR);
        assertThat(window.hasReached(Cursor.UNREADABLE)).isTrue();
    }

    @Test
    void clientThatIsFurtherIsNotReached() {
        add(0, 0, "a", "anna");
        assertThat(window.hasReached(cursor(1, 0))).isTrue();
        assertThat(window.hasReached(cursor(1, 1))).isFalse();
        assertThat(window.hasReached(Cursor.of(TOPIC, new long[] {0, 0, 1}))).isFalse();
        window.reach(1, 1);
        assertThat(window.hasReached(cursor(1, 1))).isTrue();
    }

    @Test
    void partitionThatIsBegunAnewHasNothingBefore() {
        add(0, 0, "a", "anna");
        window.begin(0, 50);
        assertThat(window.gapAfter(cursor(1, 0))).isEqualTo(ResyncReason.EXPIRED);
        assertThat(window.gapAfter(cursor(50, 0))).isNull();
    }

    @Test
    void newPartitionIsCoveredForCursorsThatDoNotKnowIt() {
        Cursor before = now();
        window.begin(2, 0);
        add(2, 0, "new", "anna");
        assertThat(window.gapAfter(before)).isNull();
        assertThat(missed("anna", before)).containsExactly("new");
    }

    /** Tokens of one hash, and of characters beyond Latin-1 and beyond sense. */
    @Test
    void tokensAreToldApart() {
        List<String> tokens =
                List.of("Aa", "BB", "\u00e4", "\u20ac", "a\u20ac", "\ud800", "?", "\u00ac ", "\u20ac\u0000");
        for (int i = 0; i < tokens.size(); i++) {
            add(0, i, "for " + i, tokens.get(i));
        }
        for (int i = 0; i < tokens.size(); i++) {
            assertThat(missed(tokens.get(i), cursor(0, 0))).containsExactly("for " + i);
        }
    }

    private void add(int partition, long offset, String data, String... tokens) {
        byte[] payload = data.getBytes(UTF_8);
        window.reach(partition, offset + 1);
        window.add(partition, offset, event(null, tokens), payload, payload.length);
    }

    private boolean isRepeat(int partition, long offset, String id) {
        PushEvent event = event(id, "anna");
        window.reach(partition, offset + 1);
        boolean repeat = window.repeat(partition, offset, event) != null;
        if (!repeat) {
            window.add(partition, offset, event, new byte[] {'x'}, 1);
        }
        return repeat;
    }

    private static PushEvent event(@Nullable String id, String... tokens) {
        return new PushEvent(List.of(tokens), "", RawJson.of("1"), null, id, null);
    }

    private Cursor now() {
        return Cursor.of(window.position().cursor());
    }

    private static Cursor cursor(long... positions) {
        return Cursor.of(TOPIC, positions);
    }

    private List<String> missed(String token, Cursor since) {
        return data(window.missed(token, since));
    }

    private static List<String> data(Missed missed) {
        List<String> data = new ArrayList<>();
        while (missed.remaining() > 0) {
            String packet = new String(missed.next().packetWithoutCursor(), UTF_8);
            data.add(packet.substring(0, packet.length() - 1));
        }
        return data;
    }
}
