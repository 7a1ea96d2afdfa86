package dev.pushbridge.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DispatcherTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final Nowhere out = new Nowhere();
    private final Dispatcher dispatcher = dispatcher(new ResumeSettings(true, List.of(), Duration.ofHours(1)));
    private long offset;

    private Dispatcher dispatcher(ResumeSettings resume) {
        return dispatcher(resume, Receipts.UNHEARD);
    }

    private Dispatcher dispatcher(ResumeSettings resume, Receipts receipts) {
        Dispatcher begun = new Dispatcher(
                registry,
                new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 1 << 20),
                out,
                new PushMetrics(meters),
                resume,
                receipts);
        begun.begin(7);
        begun.begin(0, 0);
        begun.ready();
        return begun;
    }

    @Test
    void dispatchReachesEverySessionOfEveryRecipientAndNobodyElse() {
        Tab phone = tab("anna");
        Tab laptop = tab("anna");
        Tab ben = tab("ben");
        Tab carla = tab("carla");

        assertThat(dispatch("anna", "ben", "nobody")).isEqualTo(RecordOutcome.DISPATCHED);

        assertThat(phone.frames()).hasSize(1);
        assertThat(laptop.frames()).hasSize(1);
        assertThat(ben.frames()).hasSize(1);
        assertThat(carla.frames()).isEmpty();
        assertThat(deliveriesStarted()).isEqualTo(3);
    }

    @Test
    void allSessionsShareOneFrame() {
        Tab anna = tab("anna");
        Tab ben = tab("ben");

        assertThat(dispatch("anna", "ben")).isEqualTo(RecordOutcome.DISPATCHED);

        assertThat(anna.frames().get(0)).isSameAs(ben.frames().get(0));
    }

    @Test
    void frameEndsWithTheCursorBehindTheEvent_andHasAFormWithout() {
        Tab anna = tab("anna");
        dispatch("anna");
        dispatch("anna");

        String first = packet(anna, 0);
        String second = packet(anna, 1);
        assertThat(first).matches("42\\[\"receive_message\",\\{.*},\"[A-Za-z0-9_-]+\"]");
        assertThat(second).isNotEqualTo(first);
        assertThat(new String(anna.frames().get(0).packetWithoutCursor(), UTF_8))
                .isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":1}]");
    }

    @Test
    void frameHasNoCursorWhereTheyAreSwitchedOff() {
        Tab anna = tab("anna");
        Dispatcher plain = dispatcher(new ResumeSettings(false, List.of(), Duration.ofHours(1)));

        plain.dispatch(0, 0, 1, 1, event(null, "anna"), null);

        assertThat(packet(anna, 0)).isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":1}]");
        assertThat(anna.frames().get(0).packetWithoutCursor())
                .isSameAs(anna.frames().get(0).packet());
    }

    @Test
    void eventForNobodyHereIsOffline() {
        Tab anna = tab("anna");
        registry.logout(anna);

        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.OFFLINE);

        assertThat(anna.frames()).isEmpty();
        assertThat(deliveriesStarted()).isZero();
    }

    @Test
    void sameIdAgainIsADuplicate_alsoOfWhatWasThereBefore() {
        Tab anna = tab("anna");
        dispatcher.refill(0, 0, 1, 1, event("before", "anna"));

        assertThat(dispatcher.dispatch(0, 1, 2, 2, event("new", "anna"), null)).isEqualTo(RecordOutcome.DISPATCHED);
        assertThat(dispatcher.dispatch(0, 2, 3, 3, event("before", "anna"), null))
                .isEqualTo(RecordOutcome.DUPLICATE);
        assertThat(dispatcher.dispatch(0, 3, 4, 4, event("new", "anna"), null)).isEqualTo(RecordOutcome.DUPLICATE);

        assertThat(anna.frames()).hasSize(1);
    }

    @Test
    void framesLeaveWithTheFlushOfTheBatchNotBefore() {
        int before = out.flushes();
        Tab anna = tab("anna");
        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.DISPATCHED);
        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.DISPATCHED);
        assertThat(out.flushes()).isEqualTo(before);

        dispatcher.flush();

        assertThat(out.flushes()).isEqualTo(before + 1);
        assertThat(anna.frames()).hasSize(2);
    }

    @Test
    void everybodyIsToldWhenRecordsAreLostOrTheTopicIsAnother() {
        Tab anna = tab("anna");
        dispatch("anna");

        dispatcher.lost(0, 100);
        assertThat(anna.resyncs()).containsExactly(ResyncReason.LOST);

        dispatcher.begin(8);
        dispatcher.begin(0, 0);
        assertThat(anna.resyncs()).as("not before the window is filled").hasSize(1);
        dispatcher.ready();
        assertThat(anna.resyncs()).containsExactly(ResyncReason.LOST, ResyncReason.TOPIC);
        assertThat(meters.get(Meters.RESYNCS.meter())
                        .tag("reason", ResyncReason.TOPIC.word())
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    /** Whatever partition a node reads first: all name the same places as nobody's, and leave the same one. */
    @Test
    void nodesThatReadTheSameEventInDifferentOrderLeaveOnePlaceForItsReceipts() {
        List<List<Integer>> orders = List.of(
                List.of(0, 1, 2),
                List.of(0, 2, 1),
                List.of(1, 0, 2),
                List.of(1, 2, 0),
                List.of(2, 0, 1),
                List.of(2, 1, 0));
        for (List<Integer> order : orders) {
            Taken taken = new Taken();
            Dispatcher node = dispatcher(new ResumeSettings(true, List.of(), Duration.ofHours(1)), taken);
            tab("anna");
            for (int partition : order) {
                node.dispatch(partition, 5, 1, 1, event("twice sent", "anna", "nobody"), null);
            }
            assertThat(taken.repeated).as("read as %s", order).containsExactlyInAnyOrder("1@5", "2@5");
            assertThat(taken.handed)
                    .as("read as %s", order)
                    .contains("0@5 anna")
                    .noneMatch(it -> it.contains("nobody"));
        }
    }

    /** As above, but the recipient comes only when the places are known. */
    @Test
    void whoComesLaterTakesTheEventAtThePlaceThatCounts() {
        Taken taken = new Taken();
        Dispatcher node = dispatcher(new ResumeSettings(true, List.of(), Duration.ofHours(1)), taken);
        String before = Objects.requireNonNull(
                node.look((window, sessions) -> window.position().cursor()));
        node.dispatch(1, 5, 1, 1, event("twice sent", "anna"), null);
        node.dispatch(0, 5, 1, 1, event("twice sent", "anna"), null);

        Login login = new Login("anna", null, Instant.EPOCH);
        assertThat(node.enter(new Logins.Entry(new Tab("tab"), login, Cursor.of(before), new Welcome(), 0)))
                .isTrue();

        assertThat(taken.handed).containsExactly("0@5 anna");
    }

    /** It is of as many numbers as the topic has partitions, and most who come back have missed nothing. */
    @Test
    void loginKeepsWhereItsClientWasOnlyIfThatHadMissedSomething() {
        Login login = new Login("anna", null, Instant.EPOCH);
        Cursor before = cursorNow();
        Tab missedNothing = new Tab("first");
        dispatcher.enter(new Logins.Entry(missedNothing, login, before, new Welcome(), 0));
        assertThat(Objects.requireNonNull(registry.loginOf(missedNothing)).since())
                .isNull();

        dispatch("anna");
        Tab missedOne = new Tab("second");
        dispatcher.enter(new Logins.Entry(missedOne, login, before, new Welcome(), 0));
        assertThat(Objects.requireNonNull(registry.loginOf(missedOne)).since()).isSameAs(before);
    }

    /** It comes from a node that has read further, and has said so only after its connect, which logged in. */
    @Test
    void pageThatIsAheadOfThisNodeGetsNothingUntilTheNodeIsThere() {
        Login login = new Login("anna", null, Instant.EPOCH);
        Tab anna = new Tab("anna's");
        Cursor ahead = Cursor.of("AQAAAAcBAg"); // topic 7, partition 0 at 1
        assertThat(dispatcher.enter(new Logins.Entry(anna, login, null, new Welcome(), 0)))
                .isTrue();
        Logins.Entry again = new Logins.Entry(anna, login.asAnswered(), ahead, new Welcome(), 0);
        assertThat(dispatcher.enter(again)).isFalse();

        dispatch("anna");

        assertThat(anna.frames()).as("it has this one").isEmpty();
        assertThat(dispatcher.enter(again)).isTrue();
        dispatch("anna");
        assertThat(anna.frames()).hasSize(1);
    }

    private Cursor cursorNow() {
        return Cursor.of(Objects.requireNonNull(
                dispatcher.look((window, sessions) -> window.position().cursor())));
    }

    private static final class Taken implements Receipts {
        private final List<String> handed = new ArrayList<>();
        private final List<String> repeated = new ArrayList<>();

        @Override
        public boolean wantsAcknowledgements() {
            return false;
        }

        @Override
        public void handed(int partition, long offset, String token) {
            handed.add(partition + "@" + offset + " " + token);
        }

        @Override
        public void acknowledged(int partition, long offset, String token) {}

        @Override
        public void repeated(int partition, long offset) {
            repeated.add(partition + "@" + offset);
        }
    }

    private static final class Welcome implements Logins.LoginAnswer {
        @Override
        public void loggedIn(Logins.LoggedIn entered) {}

        @Override
        public void tooMany(int limit) {
            throw new AssertionError("too many");
        }

        @Override
        public void tooEarly() {
            throw new AssertionError("too early");
        }
    }

    private RecordOutcome dispatch(String... tokens) {
        return dispatcher.dispatch(0, offset++, offset, offset, event(null, tokens), null);
    }

    private static PushEvent event(@Nullable String id, String... tokens) {
        return new PushEvent(List.of(tokens), "", RawJson.of("1"), null, id, null);
    }

    private static String packet(Tab tab, int index) {
        return new String(tab.frames().get(index).packet(), UTF_8);
    }

    private double deliveriesStarted() {
        return meters.get(Meters.DELIVERIES_STARTED.meter()).counter().count();
    }

    /** Or a session could be told that it has an event which is still on its way to it. */
    @Test
    void wordHowFarEverythingIsIsPartedFromWhatIsDispatchedBehindIt() {
        assertThat(out.fencesWhenReached()).as("since the last thing that came").isEqualTo(out.fences());
        assertThat(out.fences()).isEqualTo(1);
    }

    /** Or an event that is dispatched behind the login could reach its session before the answer. */
    @Test
    void loginIsPartedFromWhatIsDispatchedBehindIt() {
        int before = out.fences();
        List<Integer> fences = new ArrayList<>();
        Login login = new Login("anna", null, Instant.EPOCH);
        Logins.LoginAnswer answer = new Logins.LoginAnswer() {
            @Override
            public void loggedIn(Logins.LoggedIn entered) {
                fences.add(out.fences());
            }

            @Override
            public void tooMany(int limit) {
                throw new AssertionError("too many");
            }

            @Override
            public void tooEarly() {
                throw new AssertionError("too early");
            }
        };
        assertThat(dispatcher.enter(new Logins.Entry(new Tab("tab"), login, null, answer, 0)))
                .isTrue();
        assertThat(fences).containsExactly(before + 1);
    }

    private Tab tab(String token) {
        Tab tab = new Tab("tab");
        registry.login(tab, new Login(token, null, Instant.EPOCH));
        return tab;
    }
}
