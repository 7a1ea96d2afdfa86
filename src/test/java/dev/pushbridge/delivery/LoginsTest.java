package dev.pushbridge.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that is further than the node, among others who never stop coming: the thread has always something to do. */
final class LoginsTest {
    /** Of the topic 7, whose first partition is at 1. */
    private static final Cursor AHEAD = Cursor.of("AQAAAAcBAg");

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SessionRegistry registry = new SessionRegistry();
    private final Dispatcher dispatcher = new Dispatcher(
            registry,
            new ReplayWindow(Duration.ofMinutes(1), 1 << 20),
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
        dispatcher.dispatch(0, 0, 1, new PushEvent(List.of("anna"), "", RawJson.of("0"), null, null, null), null);
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

    private void beginAmongOthers(Duration patience) {
        dispatcher.begin(7);
        dispatcher.begin(0, 0);
        dispatcher.ready();
        Logins begun = new Logins(dispatcher, registry, patience);
        logins = begun;
        begun.login(new Tab("anna's"), new Login("anna", null, Instant.EPOCH), AHEAD, answer);
        comeAndGoForEver(begun, new Tab("somebody's"));
        await().until(dispatcher::wantsTopicEnds);
        dispatcher.topicEnds(new long[] {1}, System.nanoTime());
    }

    private static void comeAndGoForEver(Logins logins, Tab somebody) {
        logins.logout(somebody, wasLoggedIn -> comeAndGoForEver(logins, somebody));
    }

    private static final class Answer implements Logins.LoginAnswer {
        private final CompletableFuture<LoggedIn> loggedIn = new CompletableFuture<>();
        private final CompletableFuture<Boolean> tooEarly = new CompletableFuture<>();

        @Override
        public void loggedIn(LoggedIn login) {
            loggedIn.complete(login);
        }

        @Override
        public void tooEarly() {
            tooEarly.complete(true);
        }
    }
}
