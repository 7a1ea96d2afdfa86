package dev.pushbridge.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.RevocationOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Revocations.State;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a revocation ends, whom it keeps out, and what a bad one does: nothing. */
@ExtendWith(OutputCaptureExtension.class)
final class RevocationsTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    private final SessionRegistry registry = new SessionRegistry();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Revocations revocations =
            new Revocations(registry, new PushMetrics(meters), 3, Clock.fixed(NOON, ZoneOffset.UTC), State.KNOWN);

    @Test
    void tokenIsRevokedUntilItIsLifted() {
        Ended anna = loggedIn("anna", credential("a", NOON));
        Ended ben = loggedIn("ben", credential("b", NOON));

        take("token:anna", "{}");

        assertThat(anna.end).isEqualTo(SessionEnd.REVOKED);
        assertThat(ben.end).isNull();
        assertThat(revocations.revoke("anna", credential("c", NOON.plusSeconds(99))))
                .isTrue();
        assertThat(revocations.revoke("ben", credential("b", NOON))).isFalse();

        take("token:anna", null);

        assertThat(revocations.revoke("anna", credential("a", NOON))).isFalse();
        assertThat(counted(RevocationOutcome.APPLIED)).isEqualTo(1);
        assertThat(counted(RevocationOutcome.LIFTED)).isEqualTo(1);
    }

    @Test
    void tokensJwtsBeforeATimeAreRevokedAndLaterOnesAreGood() {
        Ended before = loggedIn("anna", credential("a", NOON.minusSeconds(1)));
        Ended after = loggedIn("anna", credential("b", NOON));
        Ended unknown = loggedIn("anna", credential("c", null));

        take("token:anna", "{\"issuedBefore\":\"2026-06-01T14:00:00+02:00\"}");

        assertThat(before.end).isEqualTo(SessionEnd.REVOKED);
        assertThat(after.end).isNull();
        assertThat(unknown.end).isEqualTo(SessionEnd.REVOKED);
    }

    @Test
    void oneJwtIsRevoked() {
        Ended stolen = loggedIn("anna", credential("stolen", NOON));
        Ended other = loggedIn("anna", credential("other", NOON));
        Ended believed = loggedIn("anna", Credential.NONE);

        take("jti:stolen", "{\"expiresAt\":\"2026-06-01T13:00:00Z\"}");

        assertThat(stolen.end).isEqualTo(SessionEnd.REVOKED);
        assertThat(other.end).isNull();
        assertThat(believed.end).isNull();
    }

    @Test
    void everybodysJwtsBeforeATimeAreRevoked() {
        Ended anna = loggedIn("anna", credential("a", NOON.minusSeconds(1)));
        Ended ben = loggedIn("ben", credential("b", NOON.plusSeconds(1)));

        take("everybody", "{\"issuedBefore\":\"2026-06-01T12:00:00Z\"}");

        assertThat(anna.end).isEqualTo(SessionEnd.REVOKED);
        assertThat(ben.end).isNull();
        assertThat(revocations.revoke("carla", credential("c", NOON.minusSeconds(1))))
                .isTrue();
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(delimiter = '|', textBlock = """
                             | {}                                          | key: missing
            anna             | {}                                          | key: names nothing
            token:           | {}                                          | key: names nothing
            token:anna       | []                                          | value: no object
            token:anna       | {"issuedBefore":                            | value: not JSON
            token:anna       | {} {}                                       | value: not JSON
            token:anna       | {"issuedbefore":"2026-06-01T12:00:00Z"}     | value: a field of another name
            token:anna       | {"issuedBefore":"noon"}                     | issuedBefore: no time
            token:anna       | {"issuedBefore":1780315200}                 | issuedBefore: no time
            token:anna       | {"issuedBefore":"2026-06-01T12:00:00"}      | issuedBefore: no time
            jti:a            | {"issuedBefore":"2026-06-01T12:00:00Z"}     | issuedBefore: set
            jti:a            | {"expiresAt":{}}                            | expiresAt: no time
            everybody        | {}                                          | issuedBefore: missing
            """)
    void recordThatIsNoRevocationIsCountedToldAndHarmsNobody(
            @Nullable String key, String value, String found, CapturedOutput output) {
        Ended anna = loggedIn("anna", credential("a", NOON));

        take(key, value);

        assertThat(anna.end).isNull();
        assertThat(revocations.revoke("anna", credential("a", NOON))).isFalse();
        assertThat(counted(RevocationOutcome.INVALID)).isEqualTo(1);
        assertThat(output).contains(found).contains("expected").doesNotContain("anna");
    }

    @Test
    void keyAndValueThatAreNoUtf8AreNoRevocation() {
        revocations.take(new byte[] {'t', 'o', 'k', 'e', 'n', ':', (byte) 0xc3}, "{}".getBytes(UTF_8));
        revocations.take("token:a".getBytes(UTF_8), new byte[] {'{', (byte) 0xff, '}'});
        revocations.take("token:a".getBytes(UTF_8), " ".repeat(5000).getBytes(UTF_8));
        revocations.take(("token:" + "a".repeat(400)).getBytes(UTF_8), "{}".getBytes(UTF_8));

        assertThat(counted(RevocationOutcome.INVALID)).isEqualTo(4);
        assertThat(revocations.size()).isZero();
    }

    @Test
    void onlySoManyAreHeldAndThoseThatAreNotNeededMakeRoom(CapturedOutput output) {
        take("jti:old", "{\"expiresAt\":\"2026-06-01T11:59:59Z\"}");
        take("jti:a", "{\"expiresAt\":\"2026-06-01T13:00:00Z\"}");
        take("token:b", "{}");
        take("token:c", "{}");
        assertThat(revocations.revoke("anna", credential("old", NOON))).isFalse();
        assertThat(revocations.size()).isEqualTo(3);

        Ended dora = loggedIn("dora", credential("d", NOON));
        take("token:dora", "{}");

        assertThat(dora.end).isEqualTo(SessionEnd.REVOKED);
        assertThat(revocations.size()).isEqualTo(3);
        assertThat(counted(RevocationOutcome.OVERFLOW)).isEqualTo(1);
        assertThat(output).contains("push.auth.max-revocations").doesNotContain("dora");
        take("token:b", "{\"issuedBefore\":\"2026-06-01T12:00:00Z\"}");
        assertThat(counted(RevocationOutcome.APPLIED)).isEqualTo(5);
    }

    /**
     * A login is checked, then enters the registry, then is checked again; a revocation is entered, then the registry is
     * looked through. Without the second check a login could pass between the two and stay.
     */
    @Test
    void noLoginSlipsPastARevocationThatComesAtTheSameTime() throws Exception {
        for (int i = 0; i < 2000; i++) {
            String token = "anna " + i % 3;
            Ended session = new Ended();
            Login login = new Login(token, null, NOON, credential("a", NOON));
            CyclicBarrier start = new CyclicBarrier(2);
            Thread revoking = new Thread(() -> {
                await(start);
                take("token:" + token, "{}");
            });
            revoking.start();
            await(start);
            registry.login(session, login);
            boolean refused = revocations.revoke(login.token(), login.credential());
            revoking.join();

            assertThat(refused || session.end == SessionEnd.REVOKED)
                    .as("round " + i)
                    .isTrue();
            registry.logout(session);
            take("token:" + token, null);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void take(@Nullable String key, @Nullable String value) {
        revocations.take(key == null ? null : key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
    }

    private double counted(RevocationOutcome outcome) {
        return meters.get(Meters.REVOCATIONS.meter())
                .tag("outcome", outcome.word())
                .counter()
                .count();
    }

    private static Credential credential(String id, @Nullable Instant issuedAt) {
        return new Credential(id, issuedAt, NOON.plusSeconds(3600), NOON.plusSeconds(3600));
    }

    private Ended loggedIn(String token, Credential credential) {
        Ended session = new Ended();
        registry.login(session, new Login(token, null, NOON, credential));
        return session;
    }

    /** Remembers how it was ended. */
    private static final class Ended implements Session {
        private volatile @Nullable SessionEnd end;

        @Override
        public String id() {
            return "id";
        }

        @Override
        public void send(Frame frame) {
            throw new AssertionError();
        }

        @Override
        public void resync(ResyncReason reason, Position now) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<Progress> progress() {
            throw new AssertionError("nobody asks here");
        }

        @Override
        public void end(SessionEnd how) {
            end = how;
        }
    }
}
