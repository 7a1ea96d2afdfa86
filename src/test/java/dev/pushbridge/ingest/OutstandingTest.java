package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class OutstandingTest {
    private static final long NOON = 1_795_500_000_000L;
    private static final long ROOM = 1 << 20;

    private final Outstanding outstanding = new Outstanding();

    @Test
    void eventIsDueWhenItsTimeIsOver() {
        outstanding.add(7, event("anna"), 20, NOON);

        assertThat(outstanding.due(NOON - 1)).isNull();
        assertThat(outstanding.due(NOON)).isNotNull().satisfies(due -> {
            assertThat(due.offset()).isEqualTo(7);
            assertThat(due.isMissing("anna")).isTrue();
        });
    }

    @Test
    void whoHasTakenItIsNotMissing() {
        outstanding.add(7, event("anna", "ben"), 20, NOON);

        assertThat(outstanding.note(new Receipt(0, 7, "anna"), ROOM)).isTrue();

        assertThat(outstanding.due(NOON)).isNotNull().satisfies(due -> {
            assertThat(due.isMissing("anna")).isFalse();
            assertThat(due.isMissing("ben")).isTrue();
        });
    }

    @Test
    void whatEverybodyHasTakenGoesAtOnceButOnlyInOrder() {
        outstanding.add(7, event("anna"), 20, NOON);
        outstanding.add(8, event("ben"), 20, NOON);
        outstanding.note(new Receipt(0, 8, "ben"), ROOM);
        assertThat(outstanding.firstOr(9)).as("a successor must read 7 again").isEqualTo(7);

        outstanding.note(new Receipt(0, 7, "anna"), ROOM);
        assertThat(outstanding.firstOr(9)).isEqualTo(9);
        assertThat(outstanding.bytes()).isZero();
    }

    @Test
    void repeatIsNobodysToTake() {
        outstanding.add(7, event("anna", "ben"), 20, NOON);
        outstanding.note(Receipt.ofRepeat(0, 7), ROOM);
        assertThat(outstanding.due(NOON)).isNull();
    }

    @Test
    void receiptOfWhatIsOverIsToldApart() {
        outstanding.add(7, event("anna"), 20, NOON);
        outstanding.dropFirst();
        assertThat(outstanding.note(new Receipt(0, 7, "anna"), ROOM)).isFalse();
    }

    /** The nodes read an event, and write its receipts, before this member has read it: after a takeover, or in a burst. */
    @Test
    void receiptThatComesBeforeItsEventHolds() {
        assertThat(outstanding.note(new Receipt(0, 7, "anna"), ROOM)).isTrue();
        assertThat(outstanding.note(Receipt.ofRepeat(0, 8), ROOM)).isTrue();
        assertThat(outstanding.note(new Receipt(0, 9, "anna"), ROOM)).isTrue();

        outstanding.add(7, event("anna", "ben"), 20, NOON);
        outstanding.add(8, event("ben"), 20, NOON);
        outstanding.pass(9);

        assertThat(outstanding.due(NOON)).isNotNull().satisfies(due -> {
            assertThat(due.isMissing("anna")).isFalse();
            assertThat(due.isMissing("ben")).isTrue();
        });
        outstanding.dropFirst();
        assertThat(outstanding.due(NOON)).as("8 is a repeat").isNull();
        assertThat(outstanding.aheadBytes()).isZero();
    }

    @Test
    void receiptsForWhichThereIsNoRoomAreThoseOfTheFurthestEvents_andMustBeReadAgain() {
        for (long offset = 1_000; offset > 0; offset--) {
            outstanding.note(new Receipt(0, offset, "anna"), 10_000);
        }

        assertThat(outstanding.aheadBytes()).isBetween(5_000L, 10_000L);
        long read = 0;
        while (!outstanding.isUnheard(read + 1)) {
            read++;
            outstanding.add(read, event("anna"), 20, NOON);
        }
        assertThat(read).isGreaterThan(10);
        assertThat(outstanding.due(NOON)).as("all of these were taken").isNull();

        outstanding.hearAgain();
        for (long offset = 1; offset <= 1_000; offset++) {
            outstanding.note(new Receipt(0, offset, "anna"), 10_000);
        }
        outstanding.add(read + 1, event("anna"), 20, NOON);
        assertThat(outstanding.due(NOON)).isNull();
    }

    /** An event holds all of its record, however little of it is data, and a string for each of its recipients. */
    @Test
    void eventsThatWaitAreCountedWithRecordAndRecipients() {
        outstanding.add(7, event("anna"), 1_000_000, NOON);
        assertThat(outstanding.bytes()).isGreaterThan(1_000_000);
        outstanding.dropFirst();
        outstanding.add(
                8, event(IntStream.range(0, 10_000).mapToObj(i -> "token " + i).toArray(String[]::new)), 20, NOON);
        assertThat(outstanding.bytes()).isGreaterThan(1_000_000);
        outstanding.dropFirst();
        assertThat(outstanding.bytes()).isZero();
    }

    @Test
    void receiptsAreReadAsTheyWereWritten() {
        List<Receipt> receipts = List.of(new Receipt(3, 17, "anna"), Receipt.ofRepeat(3, 1L << 40));
        assertThat(Receipt.read(Receipt.write(3, receipts))).isEqualTo(receipts);
        assertThat(Receipt.read(new byte[] {'{'})).isEmpty();
    }

    @Test
    void handedOverIsTheEventForOneRecipientByteForByte() {
        PushEvent event = new PushEvent(
                List.of("anna", "b\"en"), "post", RawJson.of("{\"n\":1.50}"), "like", "like-1", "2026-11-23T08:15:30Z");
        assertThat(new String(UndeliveredWriter.value("b\"en", event), UTF_8))
                .isEqualTo("{\"tokens\":[\"b\\\"en\"],\"entityType\":\"post\",\"data\":{\"n\":1.50},\"type\":\"like\","
                        + "\"id\":\"like-1\",\"occurredAt\":\"2026-11-23T08:15:30Z\"}");
    }

    private static PushEvent event(String... tokens) {
        return new PushEvent(List.of(tokens), "", RawJson.of("{}"), null, null, null);
    }
}
