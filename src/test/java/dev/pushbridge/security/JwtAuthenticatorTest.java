package dev.pushbridge.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator.Verdict;
import dev.pushbridge.security.Authenticator.Verdict.Accepted;
import dev.pushbridge.security.Authenticator.Verdict.Refused;
import dev.pushbridge.security.Revocations.State;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.JwtSettings;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Provider;
import dev.pushbridge.testkit.Provider.Mood;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.security.oauth2.jwt.JwtException;

/** Keys of all three kinds, where they come from, and how long a token is good. The forged ones are in AttackIT. */
final class JwtAuthenticatorTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final ECKey MALLORYS_KEY = Provider.newKey();
    /** A public key of that curve, as {@code openssl} writes it. */
    private static final String SECP256K1 =
            "3056301006072a8648ce3d020106052b8104000a034200046f4a22cf05a23425f1d000d0ce650a48"
                    + "ac31a26de50be9e834cd50c0fb435ec0ed0df103fb0334675fd89a59da2b9ddcb8fea09413e11830555ae1b105a43b2c";

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Provider provider = opened(new Provider());
    private Clock clock = Clock.systemUTC();
    private Duration keysWait = ProviderKeys.WAIT;
    private Duration keysPause = ProviderKeys.PAUSE;
    private LongSupplier nanoTime = System::nanoTime;

    @AfterEach
    void closeAll() {
        open.forEach(resource -> {
            try {
                resource.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        open.clear();
    }

    @Test
    void tokenOfTheProviderSaysWhoseTheLoginIs() {
        Accepted accepted = accepted(providers(), null, provider.token("anna"));

        assertThat(accepted.token()).isEqualTo("anna");
        assertThat(accepted.credential().id()).isNotNull();
        assertThat(accepted.credential().issuedAt()).isNotNull();
        assertThat(accepted.credential().endsAt())
                .isEqualTo(Objects.requireNonNull(accepted.credential().expiresAt())
                        .plusSeconds(30));
        assertThat(accepted.toString()).doesNotContain("anna");
    }

    @Test
    void tokenIdMustBeTheTokens() {
        JwtAuthenticator authenticator = providers();

        assertThat(accepted(authenticator, "anna", provider.token("anna")).token())
                .isEqualTo("anna");
        assertThat(refused(authenticator, "ben", provider.token("anna"))).isEqualTo(LoginRefusal.OTHER_TOKEN_ID);
        assertThat(refused(authenticator, "anna", null)).isEqualTo(LoginRefusal.NO_TOKEN);
        assertThat(refused(authenticator, "anna", "")).isEqualTo(LoginRefusal.NO_TOKEN);
    }

    @Test
    void anotherClaimMayNameTheToken() {
        JwtAuthenticator authenticator = authenticator(
                Map.of("jwk-set-uri", provider.keysUri(), "token-claim", "push_token", "audience", Provider.AUDIENCE));

        String token = provider.token("7", claims -> claims.claim("push_token", 4711));

        assertThat(accepted(authenticator, null, token).token()).isEqualTo("4711");
        assertThat(refused(authenticator, null, provider.token("7"))).isEqualTo(LoginRefusal.INVALID_TOKEN);
    }

    @Test
    void tokenIsGoodFromItsBeginToItsEndAndTheSkewAround() {
        Instant begin = Instant.parse("2026-06-01T12:00:00Z");
        String token = provider.token(
                "anna",
                claims -> claims.issueTime(Date.from(begin))
                        .notBeforeTime(Date.from(begin))
                        .expirationTime(Date.from(begin.plusSeconds(600))));

        assertThat(refused(at(begin.minusSeconds(31)), null, token)).isEqualTo(LoginRefusal.INVALID_TOKEN);
        assertThat(accepted(at(begin.minusSeconds(29)), null, token)).isNotNull();
        assertThat(accepted(at(begin.plusSeconds(629)), null, token)).isNotNull();
        assertThat(refused(at(begin.plusSeconds(630)), null, token)).isEqualTo(LoginRefusal.EXPIRED_TOKEN);
    }

    @Test
    void keysAreCachedRotatedAndOutliveTheProvidersAbsence() {
        JwtAuthenticator authenticator = providers();
        for (int i = 0; i < 20; i++) {
            assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        }
        assertThat(provider.asked()).isEqualTo(1);

        provider.rotate();
        assertThat(accepted(authenticator, null, provider.token("anna")).token())
                .isEqualTo("anna");
        assertThat(provider.asked()).isEqualTo(2);

        provider.is(Mood.AWAY);
        assertThat(accepted(authenticator, null, provider.token("ben")).token()).isEqualTo("ben");
    }

    /** A signature in its query has such characters. */
    @Test
    void keysAreAskedForAtTheUrlAsItIsWritten() {
        JwtAuthenticator authenticator = authenticator(Map.of("jwk-set-uri", provider.keysUri() + "?sig=a%2Bb%3D"));

        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        assertThat(provider.query()).isEqualTo("sig=a%2Bb%3D");
    }

    @Test
    void keyThatTheProviderWithdrawsIsNotGoodForLong() {
        keysPause = Duration.ofMillis(50);
        JwtAuthenticator authenticator = providers();
        String token = provider.token("anna");
        assertThat(accepted(authenticator, null, token)).isNotNull();

        provider.rotate();

        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> check(authenticator, null, token) instanceof Refused);
    }

    @Test
    void keysAreUsedForADayWhileTheProviderIsAway() {
        AtomicLong hours = new AtomicLong();
        nanoTime = () -> TimeUnit.HOURS.toNanos(hours.get());
        JwtAuthenticator authenticator = providers();
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        provider.is(Mood.AWAY);

        hours.set(24);
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        hours.set(25);
        assertThat(refused(authenticator, null, provider.token("anna"))).isEqualTo(LoginRefusal.UNAVAILABLE);
    }

    /** Far more logins than there are threads name keys that only the provider could know, and it never says a word. */
    @Test
    void loginWithAKnownKeyDoesNotWaitForAProviderThatIsSilent() {
        keysWait = Duration.ofMinutes(1); // longer than anybody waits here
        JwtAuthenticator authenticator = providers();
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        provider.is(Mood.SILENT);
        List<CompletableFuture<Verdict>> strangers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            strangers.add(asked(authenticator, null, ofUnknownKey()));
        }

        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();

        assertThat(strangers).noneMatch(CompletableFuture::isDone);
        assertThat(provider.asked()).isEqualTo(2);
        closeAll();
        assertThat(strangers)
                .allSatisfy(stranger -> assertThat(stranger)
                        .succeedsWithin(10, TimeUnit.SECONDS)
                        .isEqualTo(new Refused(LoginRefusal.UNAVAILABLE)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WELL")
    void providerThatIsNotWellIsAskedTwiceAndNoMore(Mood mood) {
        keysWait = Duration.ofMillis(500);
        JwtAuthenticator authenticator = providers();
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
        provider.is(mood);

        for (int i = 0; i < 50; i++) {
            assertThat(refused(authenticator, null, ofUnknownKey())).isEqualTo(LoginRefusal.UNAVAILABLE);
        }

        assertThat(provider.asked()).isBetween(2, 3);
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
    }

    private static String ofUnknownKey() {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID(UUID.randomUUID().toString())
                .build();
        return Provider.sign(header, MALLORYS_KEY, Provider.claims("anna").build());
    }

    @Test
    void providerThatIsAwayAtTheStartIsWaitedFor() {
        provider.is(Mood.AWAY);
        JwtAuthenticator authenticator = providers();
        assertThat(refused(authenticator, null, provider.token("anna"))).isEqualTo(LoginRefusal.UNAVAILABLE);

        provider.is(Mood.WELL);
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .pollInterval(200, TimeUnit.MILLISECONDS)
                .until(() -> check(authenticator, null, provider.token("anna")) instanceof Accepted);
    }

    @Test
    void unknownKeysDoNotMakeTheProviderBeAskedEachTime() {
        JwtAuthenticator authenticator = providers();
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();

        for (int i = 0; i < 50; i++) {
            assertThat(check(authenticator, null, ofUnknownKey())).isInstanceOf(Refused.class);
        }

        assertThat(provider.asked()).isLessThanOrEqualTo(3);
        assertThat(accepted(authenticator, null, provider.token("anna"))).isNotNull();
    }

    @Test
    void secretChecksHmacAndNothingElse() throws Exception {
        JwtAuthenticator authenticator = authenticator(Map.of("secret", SECRET));
        SignedJWT jwt = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256), Provider.claims("anna").build());
        jwt.sign(new MACSigner(SECRET));

        assertThat(accepted(authenticator, null, jwt.serialize()).token()).isEqualTo("anna");
        assertThat(refused(authenticator, null, provider.token("anna"))).isEqualTo(LoginRefusal.INVALID_TOKEN);
    }

    @Test
    void publicKeyInPemChecksItsOwnKindAndIsNoSecret(@TempDir Path directory) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        String pem = pem(pair.getPublic().getEncoded());
        Path file = Files.writeString(directory.resolve("key.pem"), pem);
        JwtAuthenticator authenticator = authenticator(Map.of("public-key-file", file.toString()));

        SignedJWT jwt = new SignedJWT(
                new JWSHeader(JWSAlgorithm.RS256), Provider.claims("anna").build());
        jwt.sign(new RSASSASigner(pair.getPrivate()));
        assertThat(accepted(authenticator, null, jwt.serialize()).token()).isEqualTo("anna");

        for (byte[] secret : List.of(pem.getBytes(UTF_8), pair.getPublic().getEncoded())) {
            SignedJWT confused = new SignedJWT(
                    new JWSHeader(JWSAlgorithm.HS256), Provider.claims("anna").build());
            confused.sign(new MACSigner(secret));
            assertThat(refused(authenticator, null, confused.serialize())).isEqualTo(LoginRefusal.INVALID_TOKEN);
        }
        SignedJWT otherAlgorithm = new SignedJWT(
                new JWSHeader(JWSAlgorithm.RS512), Provider.claims("anna").build());
        otherAlgorithm.sign(new RSASSASigner(pair.getPrivate()));
        assertThat(refused(authenticator, null, otherAlgorithm.serialize())).isEqualTo(LoginRefusal.INVALID_TOKEN);
    }

    @Test
    void publicKeyOfAnEllipticCurveIsReadToo(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("key.pem"), pem(provider.key().toPublicKey().getEncoded()));
        JwtAuthenticator authenticator = authenticator(Map.of("public-key-file", file.toString()));

        assertThat(accepted(authenticator, null, provider.token("anna")).token())
                .isEqualTo("anna");
    }

    @Test
    void fileThatIsNoGoodPublicKeyStopsTheStartAndDoesNotShowIt(@TempDir Path directory) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        Path weak = Files.writeString(
                directory.resolve("weak.pem"),
                pem(generator.generateKeyPair().getPublic().getEncoded()));
        Path otherCurve = Files.writeString(
                directory.resolve("other.pem"), pem(HexFormat.of().parseHex(SECP256K1)));
        Path noKey = Files.writeString(directory.resolve("no.pem"), "-----BEGIN PRIVATE KEY-----\nsecret\n");

        assertThatThrownBy(() -> authenticator(Map.of("public-key-file", weak.toString())))
                .hasMessageContaining("push.auth.jwt.public-key-file")
                .extracting(e -> e.toString() + reason(e))
                .asString()
                .contains("1024 bits (expected: 2048 or more)");
        assertThatThrownBy(() -> authenticator(Map.of("public-key-file", otherCurve.toString())))
                .extracting(JwtAuthenticatorTest::reason)
                .asString()
                .contains("neither RSA nor of the curve P-256, P-384 or P-521");
        assertThatThrownBy(() -> authenticator(Map.of("public-key-file", noKey.toString())))
                .extracting(e -> e.toString() + reason(e))
                .asString()
                .contains("BEGIN PUBLIC KEY")
                .doesNotContain("secret");
    }

    /** Nobody could log in with it. */
    @ParameterizedTest
    @CsvSource({"RSA, ES256, RS256", "RSA, 'RS256, ES256', RS256", "EC, RS256, ES256", "EC, ES384, ES256"})
    void algorithmThatTheFilesKeyCannotCheckStopsTheStart(
            String kind, String algorithms, String possible, @TempDir Path directory) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        generator.initialize(kind.equals("RSA") ? 2048 : 256);
        Path file = Files.writeString(
                directory.resolve("key.pem"),
                pem(generator.generateKeyPair().getPublic().getEncoded()));

        assertThatThrownBy(() -> authenticator(Map.of("public-key-file", file.toString(), "algorithms", algorithms)))
                .hasMessageContaining("push.auth.jwt.algorithms")
                .hasMessageContaining("[" + algorithms + "]")
                .extracting(JwtAuthenticatorTest::reason)
                .asString()
                .contains("push.auth.jwt.public-key-file")
                .contains("(expected: of [" + possible);
        assertThat(authenticator(Map.of("public-key-file", file.toString(), "algorithms", possible)))
                .isNotNull();
    }

    private static String reason(Throwable e) {
        return String.valueOf(((InvalidConfigurationPropertyValueException) e).getReason());
    }

    /** While every thread is busy and the queue is full, a login is put off and nobody is blocked. */
    @Test
    void moreThanCanBeCheckedIsPutOff() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        JwtAuthenticator authenticator = opened(new JwtAuthenticator(
                token -> {
                    awaitUninterruptibly(slow);
                    throw new JwtException("late");
                },
                revocations(),
                settings(Map.of("secret", SECRET)),
                clock));
        List<CompletableFuture<Verdict>> verdicts = new ArrayList<>();
        for (int i = 0; i < 10_010; i++) {
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            authenticator.authenticate(null, "a.b.c", verdict::complete);
            verdicts.add(verdict);
        }

        assertThat(verdicts.get(10_009)).isCompletedWithValue(new Refused(LoginRefusal.UNAVAILABLE));
        assertThat(verdicts.get(0)).isNotDone();
        slow.countDown();
        assertThat(verdicts.get(0).get(10, TimeUnit.SECONDS)).isEqualTo(new Refused(LoginRefusal.INVALID_TOKEN));
    }

    /** Whatever text a client finds that a library fails at. */
    @Test
    void faultsAreToldOnceASecondAndNothingOfTheTokenIs() {
        JwtAuthenticator authenticator = opened(new JwtAuthenticator(
                token -> {
                    throw new IllegalStateException("at " + token);
                },
                revocations(),
                settings(Map.of("secret", SECRET)),
                clock));
        try (Logs logs = Logs.copied()) {
            long begin = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
                assertThat(refused(authenticator, null, "marked.token." + i)).isEqualTo(LoginRefusal.INVALID_TOKEN);
            }
            int seconds = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
            assertThat(logs.lines())
                    .filteredOn(line -> line.startsWith("Failed at checking"))
                    .hasSizeBetween(1, 2 + seconds)
                    .noneMatch(line -> line.contains("marked"));
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private JwtAuthenticator at(Instant now) {
        clock = Clock.fixed(now, ZoneOffset.UTC);
        return providers();
    }

    private JwtAuthenticator providers() {
        return authenticator(
                Map.of("jwk-set-uri", provider.keysUri(), "issuer", Provider.ISSUER, "audience", Provider.AUDIENCE));
    }

    private JwtAuthenticator authenticator(Map<String, String> jwt) {
        JwtSettings settings = settings(jwt);
        ProviderKeys keys = settings.jwkSetUri() == null
                ? null
                : opened(new ProviderKeys(URI.create(settings.jwkSetUri()), keysWait, keysPause, nanoTime));
        return opened(new JwtAuthenticator(JwtDecoders.of(settings, keys), revocations(), settings, clock));
    }

    private static Revocations revocations() {
        return new Revocations(
                new SessionRegistry(), new PushMetrics(new SimpleMeterRegistry()), 10, Clock.systemUTC(), State.KNOWN);
    }

    private static JwtSettings settings(Map<String, String> jwt) {
        Map<String, String> properties = new HashMap<>(Map.of("push.auth.mode", "jwt"));
        jwt.forEach((name, value) -> properties.put("push.auth.jwt." + name, value));
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("push", PushSettings.class)
                .auth()
                .jwt();
    }

    private static Accepted accepted(JwtAuthenticator authenticator, @Nullable String tokenId, @Nullable String jwt) {
        Verdict verdict = check(authenticator, tokenId, jwt);
        assertThat(verdict).isInstanceOf(Accepted.class);
        return (Accepted) verdict;
    }

    private static LoginRefusal refused(
            JwtAuthenticator authenticator, @Nullable String tokenId, @Nullable String jwt) {
        Verdict verdict = check(authenticator, tokenId, jwt);
        assertThat(verdict).isInstanceOf(Refused.class);
        return ((Refused) verdict).reason();
    }

    private static Verdict check(JwtAuthenticator authenticator, @Nullable String tokenId, @Nullable String jwt) {
        return asked(authenticator, tokenId, jwt)
                .orTimeout(15, TimeUnit.SECONDS)
                .join();
    }

    private static CompletableFuture<Verdict> asked(
            JwtAuthenticator authenticator, @Nullable String tokenId, @Nullable String jwt) {
        CompletableFuture<Verdict> verdict = new CompletableFuture<>();
        authenticator.authenticate(tokenId, jwt, verdict::complete);
        return verdict;
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    private static String pem(byte[] key) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                + "\n-----END PUBLIC KEY-----\n";
    }
}
