package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.socket.PushApplication.Greeting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A check of a login that takes its time, and what happens to the session meanwhile: its own end comes, or a revocation. */
final class GateTest {
    /** Topic 7, its one partition at 0. */
    private static final String BEFORE_EVERYTHING = "AQAAAAcBAA";

    private final SlowAuthenticator authenticator = new SlowAuthenticator();
    private final SessionRegistry registry = new SessionRegistry();
    private final PushMetrics metrics = new PushMetrics(new SimpleMeterRegistry());
    private final TestDelivery delivery = new TestDelivery(registry, metrics, 0);
    private final Gate gate = new Gate(
            authenticator, registry, metrics, Clock.systemUTC(), Duration.ofMinutes(1), Duration.ofSeconds(60));
    private final PushApplication application =
            new PushApplication(registry, delivery.logins(), gate, null, Greeting.NOBODY, metrics, new Departures());
    private final SocketServer server = TestNode.server(application, metrics);
    private long offset;

    @BeforeEach
    void start() {
        delivery.goesOutBy(server);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
        delivery.close();
        assertThat(registry.sessionCount()).isZero();
    }

    @Test
    void freshTokenThatIsBeingCheckedWhenTheOldOneExpiresKeepsTheSession() {
        try (Wire wire = loggedIn()) {
            NamespaceSocket socket = session();
            wire.send("422[\"user_login\",{\"token\":\"fresh\"}]");
            Due fresh = authenticator.next();

            expireNow(socket);
            assertThat(onLoop(socket, () -> overdue(socket, 0))).isNull();
            fresh.accept(Instant.now().plusSeconds(3600));

            assertThat(wire.next()).startsWith("432[{\"ok\":true,\"replaced\":true");
            dispatch("anna", 1);
            assertThat(wire.next()).contains("\"data\":1");
        }
    }

    @Test
    void sessionThatHasExpiredEndsWithTheRefusalOfTheNextToken() {
        try (Wire wire = loggedIn()) {
            NamespaceSocket socket = session();
            wire.send("422[\"user_login\",{\"token\":\"no good\"}]").send("423[\"user_login\",{\"token\":\"again\"}]");
            Due noGood = authenticator.next();

            expireNow(socket);
            noGood.refuse();

            assertThat(wire.next()).startsWith("432[{\"ok\":false");
            assertThat(wire.closed()).isEqualTo("4005 expired");
            assertThat(authenticator.due).as("what it sent to gain time").isEmpty();
        }
    }

    /** Whoever would not answer is no reason to stay for ever. */
    @Test
    void checkOfATokenPutsOffTheEndForAWhileOnly() {
        try (Wire wire = loggedIn()) {
            NamespaceSocket socket = session();
            wire.send("422[\"user_login\",{\"token\":\"fresh\"}]");
            Due fresh = authenticator.next();

            expireNow(socket);
            assertThat(onLoop(socket, () -> overdue(socket, Gate.GRACE_MILLIS - 1000)))
                    .isNull();
            assertThat(onLoop(socket, () -> overdue(socket, Gate.GRACE_MILLIS))).isEqualTo(SessionEnd.EXPIRED);
            fresh.refuse();
            assertThat(wire.next()).startsWith("432[{\"ok\":false");
            assertThat(wire.closed()).isEqualTo("4005 expired");
        }
    }

    /** The login was good when it was checked; it is in the registry when the revocation is known. */
    @Test
    void sessionThatIsRevokedWhileItsLoginWaitsGetsNothing() {
        try (Wire wire = Wire.connected(server.port())) {
            dispatch("anna", 1);
            wire.send("421[\"user_login\",{\"token\":\"stolen\",\"cursor\":\"" + BEFORE_EVERYTHING + "\"}]");
            Due stolen = authenticator.next();
            authenticator.revoked = true;
            stolen.accept(Instant.now().plusSeconds(3600));

            assertThat(wire.next()).startsWith("431[{\"ok\":true");
            dispatch("anna", 2);
            assertThat(wire.closed()).isEqualTo("4006 revoked");
            assertThat(wire.isQuiet()).isTrue();
        }
    }

    private Wire loggedIn() {
        Wire wire = Wire.connected(server.port());
        wire.send("421[\"user_login\",{\"token\":\"good\"}]");
        authenticator.next().accept(Instant.now().plusSeconds(3600));
        assertThat(wire.next()).startsWith("431[{\"ok\":true");
        return wire;
    }

    private NamespaceSocket session() {
        return (NamespaceSocket) registry.sessionsOf("anna")[0];
    }

    /** Its token is good no longer from this moment on. */
    private static void expireNow(NamespaceSocket socket) {
        onLoop(socket, () -> {
            socket.setTenure(new Tenure(Long.MAX_VALUE, socket.session().loop().now()));
            socket.session().setDeadline();
            return true;
        });
    }

    private @Nullable SessionEnd overdue(NamespaceSocket socket, long laterMillis) {
        return gate.overdue(socket, socket.session().loop().now() + laterMillis);
    }

    private static <T extends @Nullable Object> T onLoop(NamespaceSocket socket, Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        socket.run(() -> answer.complete(question.get()));
        return answer.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private void dispatch(String token, int data) {
        PushEvent event = new PushEvent(List.of(token), "", RawJson.of(String.valueOf(data)), null, null, null);
        long now = System.currentTimeMillis();
        delivery.dispatcher().dispatch(0, offset++, now, now, event, null);
        delivery.dispatcher().flush();
    }

    /** A login that is being checked. */
    private record Due(Consumer<Authenticator.Verdict> verdict) {
        void accept(Instant end) {
            verdict.accept(new Authenticator.Verdict.Accepted("anna", new Credential("id", Instant.now(), end, end)));
        }

        void refuse() {
            verdict.accept(new Authenticator.Verdict.Refused(LoginRefusal.INVALID_TOKEN));
        }
    }

    private static final class SlowAuthenticator implements Authenticator {
        final BlockingQueue<Due> due = new LinkedBlockingQueue<>();
        volatile boolean revoked;

        Due next() {
            try {
                Due next = due.poll(10, TimeUnit.SECONDS);
                assertThat(next).as("a login").isNotNull();
                return next;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public boolean concerns(@Nullable String tokenId, @Nullable String jwt) {
            return true;
        }

        @Override
        public void authenticate(@Nullable String tokenId, @Nullable String jwt, Consumer<Verdict> verdict) {
            due.add(new Due(verdict));
        }

        @Override
        public boolean revokes(Login login) {
            return revoked;
        }

        @Override
        public void admit(String ownToken) {}

        @Override
        public boolean isStrict() {
            return true;
        }
    }
}
