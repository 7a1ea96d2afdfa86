package dev.pushbridge.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.delivery.Logins.LoginAnswer;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
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
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The one thread that all logins go through outlives what goes wrong on it. */
final class LoginsFaultTest {
    private final SessionRegistry registry = new SessionRegistry();
    private final Logins logins = new Logins(dispatcher(), registry, Duration.ofSeconds(3));

    private Dispatcher dispatcher() {
        Dispatcher dispatcher = new Dispatcher(
                registry,
                new ReplayWindow(Duration.ofMinutes(1), 1 << 20),
                new Nowhere(),
                new PushMetrics(new SimpleMeterRegistry()),
                new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                Receipts.UNHEARD);
        dispatcher.begin(7);
        dispatcher.begin(0, 0);
        dispatcher.ready();
        return dispatcher;
    }

    @AfterEach
    void stop() {
        logins.close();
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("a fault on purpose"), new OutOfMemoryError("no memory left, on purpose"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultAtALoginEndsItsSessionAndNoOther(Throwable fault) {
        Tab unlucky = new Tab("unlucky");
        Tab next = new Tab("next");
        try (Logs logs = Logs.taken()) {
            logins.login(unlucky, login("anna"), null, failing(fault));
            assertIsLoggedIn(next);
            assertThat(logs.lines()).anyMatch(line -> line.startsWith("Failed at a login"));
        }
        assertThat(unlucky.ends()).containsExactly(SessionEnd.INTERNAL);
        assertThat(registry.loginOf(unlucky)).isNull();
        assertThat(next.ends()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultAtALogoutEndsItsSessionAndNoOther(Throwable fault) {
        Tab unlucky = new Tab("unlucky");
        Tab next = new Tab("next");
        try (Logs logs = Logs.taken()) {
            logins.logout(unlucky, wasLoggedIn -> fail(fault));
            assertIsLoggedIn(next);
            assertThat(logs.lines()).anyMatch(line -> line.startsWith("Failed at a login"));
        }
        assertThat(unlucky.ends()).containsExactly(SessionEnd.INTERNAL);
    }

    private void assertIsLoggedIn(Tab tab) {
        CountDownLatch loggedIn = new CountDownLatch(1);
        logins.login(tab, login("ben"), null, answer(loggedIn::countDown));
        await("the next login").until(() -> loggedIn.getCount() == 0);
        assertThat(registry.loginOf(tab)).isNotNull();
    }

    private static Login login(String token) {
        return new Login(token, "", Instant.now());
    }

    private static LoginAnswer failing(Throwable fault) {
        return answer(() -> fail(fault));
    }

    private static void fail(Throwable fault) {
        if (fault instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) fault;
    }

    private static LoginAnswer answer(Runnable loggedIn) {
        return new LoginAnswer() {
            @Override
            public void loggedIn(LoggedIn login) {
                loggedIn.run();
            }

            @Override
            public void tooEarly() {
                throw new AssertionError("the node knows everything");
            }
        };
    }
}
