package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.testkit.Logs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the log says of refusals and ends: sums under their names, and of daily life nothing. */
final class LedgerTest {
    private static final Set<SessionEnd> DAILY_LIFE = EnumSet.of(
            SessionEnd.CLIENT_CLOSE,
            SessionEnd.CONNECTION_LOST,
            SessionEnd.PING_TIMEOUT,
            SessionEnd.CONNECT_TIMEOUT,
            SessionEnd.LOGIN_TIMEOUT,
            SessionEnd.EXPIRED,
            SessionEnd.REVOKED,
            SessionEnd.SUPERSEDED,
            SessionEnd.SHUTDOWN);

    private final Ledger ledger = new Ledger(new PushMetrics(new SimpleMeterRegistry()));

    @ParameterizedTest
    @EnumSource
    void refusalsAreOneLine(RequestRefusal refusal) {
        try (Logs logs = Logs.copied()) {
            for (int i = 0; i < 1000; i++) {
                ledger.refused(refusal);
            }
            ledger.report();
            ledger.report();
            assertThat(logs.lines()).containsExactly("Refused requests: 1000 (" + refusal.word() + ")");
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsAreOneLineIfSomebodyShouldHearOfThem(SessionEnd end) {
        try (Logs logs = Logs.copied()) {
            for (int i = 0; i < 1000; i++) {
                ledger.ended(end);
            }
            ledger.report();
            ledger.report();
            if (DAILY_LIFE.contains(end)) {
                assertThat(logs.lines()).isEmpty();
            } else {
                assertThat(logs.lines()).containsExactly("Ended sessions: 1000 (" + end.word() + ")");
            }
        }
    }

    @Test
    void whatGoesOnForADayIsToldLessAndLessOften() {
        try (Logs logs = Logs.copied()) {
            int seconds = 24 * 60 * 60;
            for (int i = 0; i < seconds; i++) {
                ledger.refused(RequestRefusal.PATH);
                ledger.report();
            }
            assertThat(logs.lines()).startsWith("Refused requests: 1 (path)").hasSizeBetween(100, 200);
        }
    }

    @Test
    void faultsAreOneStackASecondAndASum() {
        try (Logs logs = Logs.taken()) {
            for (int i = 0; i < 1000; i++) {
                ledger.fault("testing", new IllegalStateException("a fault on purpose"));
            }
            ledger.report();
            assertThat(logs.lines().stream().filter("Failed at testing"::equals))
                    .hasSizeBetween(1, 2); // a second may end in between
            assertThat(logs.lines()).contains("Faults: 1000");
        }
    }
}
