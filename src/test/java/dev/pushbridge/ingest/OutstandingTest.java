package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OutstandingTest {
    private static final long NOON = 1_795_500_000_000L;

    private final Outstanding outstanding = new Outstanding();

    @Test
    void eventIsDueWhenItsTimeIsOver() {
        outstanding.add(7, event("anna"), NOON);

        assertThat(outstanding.due(NOON - 1)).isNull();
        assertThat(outstanding.due(NOON)).isNotNull().satisfies(due -> {
            assertThat(due.offset()).isEqualTo(7);
            assertThat(due.isMissing("anna")).isTrue();
        });
    }

    @Test
    void whoHasTakenItIsNotMissing() {
        outstanding.add(7, event("anna", "ben"), NOON);

        assertThat(outstanding.note(new Receipt(0, 7, "anna"))).isTrue();

        assertThat(outstanding.due(NOON)).isNotNull().satisfies(due -> {
            assertThat(due.isMissing("anna")).isFalse();
            assertThat(due.isMissing("ben")).isTrue();
        });
    }

    @Test
    void whatEverybodyHasTakenGoesAtOnceButOnlyInOrder() {
        outstanding.add(7, event("anna"), NOON);
        outstanding.add(8, event("ben"), NOON);
        outstanding.note(new Receipt(0, 8, "ben"));
        outstanding.dropTaken();
        assertThat(outstanding.firstOr(9)).as("a successor must read 7 again").isEqualTo(7);

        outstanding.note(new Receipt(0, 7, "anna"));
        outstanding.dropTaken();
        assertThat(outstanding.firstOr(9)).isEqualTo(9);
        assertThat(outstanding.bytes()).isZero();
    }

    @Test
    void repeatIsNobodysToTake() {
        outstanding.add(7, event("anna", "ben"), NOON);
        outstanding.note(Receipt.ofRepeat(0, 7));
        outstanding.dropTaken();
        assertThat(outstanding.due(NOON)).isNull();
    }

    @Test
    void receiptOfWhatIsOverIsToldApart() {
        outstanding.add(7, event("anna"), NOON);
        outstanding.dropFirst();
        assertThat(outstanding.note(new Receipt(0, 7, "anna"))).isFalse();
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
