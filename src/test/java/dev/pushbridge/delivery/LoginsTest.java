package dev.pushbridge.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.delivery.Logins.LoginAnswer;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The one thread that all logins go through. */
final class LoginsTest {
    /** Of the topic 7, whose first partition is at 1. */
    private static final Cursor AHEAD = Cursor.of("AQAAAAcBAg");

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SOCKETS_PER_TOKEN = 2;

    private final SessionRegistry registry = new SessionRegistry();
    private final Dispatcher dispatcher = new Dispatcher(
            registry,
            new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 1 << 20),
            new Nowhere(),
            new PushMetrics(new SimpleMeterRegistry()),
            new ResumeSettings(true, List.of(), Duration.ofHours(1)),
            Receipts.UNHEARD);
    private final Answer answer = new Answer();
    private @Nullable Logins logins;

    @AfterEach
    void stop() {
        if (logins != null) {
            logins.close();
        }
    }

    @Test
    void isLetInAsSoonAsTheNodeIsAsFar() {
        beginAmongOthers(Duration.ofMinutes(1));
        dispatcher.dispatch(0, 0, 1, 1, new PushEvent(List.of("anna"), "", RawJson.of("0"), null, null, null), null);
        assertThat(answer.loggedIn).succeedsWithin(PATIENCE).satisfies(login -> {
            assertThat(login.recovered()).isTrue();
            assertThat(login.missed().remaining()).as("it has that one").isZero();
        });
    }

    @Test
    void isSentAwayWhenTheNodeDoesNotGetThere() {
        beginAmongOthers(Duration.ofMillis(100));
        assertThat(answer.tooEarly).succeedsWithin(PATIENCE);
        assertThat(registry.sessionCount()).isZero();
    }

    // ---- how many one token may have

    @Test
    void socketsOfATokenUpToTheLimit() {
        Logins begun = begin(PATIENCE);
        Tab first = new Tab("first");
        assertThat(cameOf(begun, first).loggedIn).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("second")).loggedIn).succeedsWithin(PATIENCE);
        Tab third = new Tab("third");
        assertThat(cameOf(begun, third).tooMany).succeedsWithin(PATIENCE).isEqualTo(SOCKETS_PER_TOKEN);
        assertThat(registry.loginOf(third)).isNull();

        assertThat(cameOf(begun, first).loggedIn).as("who is in goes on").succeedsWithin(PATIENCE);
        begun.login(third, login("another"), null, answer);
        assertThat(answer.loggedIn).as("of another token").succeedsWithin(PATIENCE);
        registry.logout(first);
        assertThat(cameOf(begun, new Tab("fourth")).loggedIn)
                .as("in the place of the first")
                .succeedsWithin(PATIENCE);
    }

    /** Its old connection is not noticed to be gone. */
    @Test
    void clientThatIsBackIsNotOneMore() {
        Logins begun = begin(PATIENCE);
        Tab gone = new Tab("first");
        assertThat(cameOf(begun, gone).loggedIn).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("second")).loggedIn).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("first")).loggedIn).succeedsWithin(PATIENCE);
        assertThat(gone.ends()).containsExactly(SessionEnd.SUPERSEDED);
    }

    @Test
    void whoIsKeptBackKeepsItsPlace() {
        Logins begun = begin(PATIENCE);
        Tab first = keptBack(begun);

        assertThat(cameOf(begun, new Tab("third")).tooMany).succeedsWithin(PATIENCE);
        dispatcher.dispatch(0, 0, 1, 1, new PushEvent(List.of("anna"), "", RawJson.of("0"), null, null, null), null);
        assertThat(answer.loggedIn).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("third")).tooMany).as("as before").succeedsWithin(PATIENCE);
        registry.logout(first);
        assertThat(cameOf(begun, new Tab("third")).loggedIn)
                .as("in the place of the first")
                .succeedsWithin(PATIENCE);
    }

    @Test
    void whoEndsWhileItIsKeptBackLeavesItsPlace() {
        Logins begun = begin(PATIENCE);
        Tab first = keptBack(begun);

        begun.forget(first);

        assertThat(cameOf(begun, new Tab("third")).loggedIn).succeedsWithin(PATIENCE);
    }

    @Test
    void whoIsSentAwayWhenItWasKeptBackLeavesItsPlace() {
        Logins begun = begin(Duration.ofMillis(500));
        keptBack(begun);

        assertThat(answer.tooEarly).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("third")).loggedIn).succeedsWithin(PATIENCE);
    }

    /** Its connection is lost while it is kept back. */
    @Test
    void clientThatIsBackWhenItWasKeptBackIsNotOneMore() {
        Logins begun = begin(PATIENCE);
        keptBack(begun);

        assertThat(cameOf(begun, new Tab("first")).loggedIn).succeedsWithin(PATIENCE);
    }

    /**
     * The first of as many sockets as a token may have: it is out only as long as it is kept back, because this node is behind
     * its page; and it was told that it is in.
     */
    private Tab keptBack(Logins begun) {
        Tab first = new Tab("first");
        assertThat(cameOf(begun, first).loggedIn).succeedsWithin(PATIENCE);
        assertThat(cameOf(begun, new Tab("second")).loggedIn).succeedsWithin(PATIENCE);
        begun.login(first, login("anna").asAnswered(), AHEAD, answer);
        await().until(() -> registry.loginOf(first) == null);
        return first;
    }

    private static Answer cameOf(Logins begun, Tab tab) {
        Answer own = new Answer();
        begun.login(tab, login("anna"), null, own);
        return own;
    }

    // ---- and outlives what goes wrong on it

    static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("a fault on purpose"), new OutOfMemoryError("no memory left, on purpose"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultAtALoginEndsItsSessionAndNoOther(Throwable fault) {
        Logins begun = begin(PATIENCE);
        Tab unlucky = new Tab("unlucky");
        Tab next = new Tab("next");
        try (Logs logs = Logs.taken()) {
            begun.login(unlucky, login("anna"), null, failing(fault));
            assertIsLoggedIn(begun, next);
            assertThat(logs.lines()).anyMatch(line -> line.startsWith("Failed at a login"));
        }
        assertThat(unlucky.ends()).containsExactly(SessionEnd.INTERNAL);
        assertThat(registry.loginOf(unlucky)).isNull();
        assertThat(next.ends()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultAtALogoutEndsItsSessionAndNoOther(Throwable fault) {
        Logins begun = begin(PATIENCE);
        Tab unlucky = new Tab("unlucky");
        Tab next = new Tab("next");
        try (Logs logs = Logs.taken()) {
            begun.logout(unlucky, wasLoggedIn -> fail(fault));
            assertIsLoggedIn(begun, next);
            assertThat(logs.lines()).anyMatch(line -> line.startsWith("Failed at a login"));
        }
        assertThat(unlucky.ends()).containsExactly(SessionEnd.INTERNAL);
    }

    private Logins begin(Duration patience) {
        dispatcher.begin(7);
        dispatcher.begin(0, 0);
        dispatcher.ready();
        Logins begun = new Logins(dispatcher, registry, SOCKETS_PER_TOKEN, patience);
        logins = begun;
        return begun;
    }

    /** With a client that is further than the node, among others who never stop coming: there is always something to do. */
    private void beginAmongOthers(Duration patience) {
        Logins begun = begin(patience);
        begun.login(new Tab("anna's"), new Login("anna", null, Instant.EPOCH), AHEAD, answer);
        comeAndGoForEver(begun, new Tab("somebody's"));
        await().until(dispatcher::wantsTopicEnds);
        dispatcher.topicEnds(new long[] {1}, System.nanoTime());
    }

    private static void comeAndGoForEver(Logins logins, Tab somebody) {
        logins.logout(somebody, wasLoggedIn -> comeAndGoForEver(logins, somebody));
    }

    private void assertIsLoggedIn(Logins begun, Tab tab) {
        begun.login(tab, login("ben"), null, answer);
        assertThat(answer.loggedIn).succeedsWithin(PATIENCE);
        assertThat(registry.loginOf(tab)).isNotNull();
    }

    private static Login login(String token) {
        return new Login(token, "", Instant.now());
    }

    private static LoginAnswer failing(Throwable fault) {
        return new LoginAnswer() {
            @Override
            public void loggedIn(LoggedIn login) {
                fail(fault);
            }

            @Override
            public void tooMany(int limit) {
                throw new AssertionError("there are few");
            }

            @Override
            public void tooEarly() {
                throw new AssertionError("the node knows everything");
            }
        };
    }

    private static void fail(Throwable fault) {
        if (fault instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) fault;
    }

    private static final class Answer implements LoginAnswer {
        private final CompletableFuture<LoggedIn> loggedIn = new CompletableFuture<>();
        private final CompletableFuture<Integer> tooMany = new CompletableFuture<>();
        private final CompletableFuture<Boolean> tooEarly = new CompletableFuture<>();

        @Override
        public void loggedIn(LoggedIn login) {
            loggedIn.complete(login);
        }

        @Override
        public void tooMany(int limit) {
            tooMany.complete(limit);
        }

        @Override
        public void tooEarly() {
            tooEarly.complete(true);
        }
    }
}
