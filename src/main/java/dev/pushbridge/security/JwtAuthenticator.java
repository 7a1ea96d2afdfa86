package dev.pushbridge.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.KeySourceException;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.security.ProviderKeys.UnknownKeyException;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import dev.pushbridge.settings.JwtSettings;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * Believes a JSON Web Token and nothing else. A check costs tens of microseconds of CPU; so it has threads of its own, and a
 * queue that is bounded, over which logins are put off. A login with a key that is not known waits at the side, and no
 * thread with it, until the provider has answered.
 */
final class JwtAuthenticator implements Authenticator, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JwtAuthenticator.class);
    /** Longer than any token in use; the work on a longer one is not done. */
    static final int MAX_CHARACTERS = 8192;
    /** The longest name that a recipient may have, as in a record. */
    private static final int MAX_TOKEN = 256;

    private static final int THREADS = 4;
    /** Logins in the queue; and as many that wait for the provider. */
    private static final int MAX_WAITING = 10_000;

    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JwtDecoder decoder;
    private final Revocations revocations;
    private final JwtSettings settings;
    private final Clock clock;
    private final ThreadPoolExecutor threads;
    private volatile byte[] ownToken = {};
    private final AtomicInteger waitingForKeys = new AtomicInteger();
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicLong lastFault = new AtomicLong(System.nanoTime() - LOG_INTERVAL_NANOS);

    /** A login that is to be checked, and who hears what comes of it. */
    private record Question(@Nullable String tokenId, String jwt, Consumer<Verdict> listener) {
        void answer(Verdict verdict) {
            try {
                listener.accept(verdict);
            } catch (RejectedExecutionException stopped) {
                log.debug("A loop has stopped", stopped);
            }
        }

        void refuse(LoginRefusal reason) {
            answer(new Verdict.Refused(reason));
        }

        @Override
        public String toString() {
            return "Question[***]";
        }
    }

    JwtAuthenticator(JwtDecoder decoder, Revocations revocations, JwtSettings settings, Clock clock) {
        this.decoder = decoder;
        this.revocations = revocations;
        this.settings = settings;
        this.clock = clock;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(MAX_WAITING),
                work -> new Thread(work, "push-auth-" + number.incrementAndGet()));
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public boolean concerns(@Nullable String tokenId, @Nullable String jwt) {
        return true;
    }

    @Override
    public void authenticate(@Nullable String tokenId, @Nullable String jwt, Consumer<Verdict> verdict) {
        if (jwt == null && tokenId != null && isOwn(tokenId)) {
            verdict.accept(new Verdict.Accepted(tokenId, Credential.NONE));
        } else if (jwt == null || jwt.isEmpty()) {
            verdict.accept(new Verdict.Refused(LoginRefusal.NO_TOKEN));
        } else if (jwt.length() > MAX_CHARACTERS) {
            verdict.accept(new Verdict.Refused(LoginRefusal.INVALID_TOKEN));
        } else {
            enqueue(new Question(tokenId, jwt, verdict));
        }
    }

    private void enqueue(Question question) {
        try {
            threads.execute(() -> check(question));
        } catch (RejectedExecutionException full) {
            question.refuse(LoginRefusal.UNAVAILABLE);
        }
    }

    private void check(Question question) {
        Verdict verdict;
        try {
            verdict = judge(question.tokenId, decoder.decode(question.jwt));
        } catch (JwtException e) {
            KeySourceException keys = causeOf(e);
            if (keys instanceof UnknownKeyException unknown) {
                await(unknown, question);
                return;
            }
            verdict = new Verdict.Refused(keys == null ? LoginRefusal.INVALID_TOKEN : LoginRefusal.UNAVAILABLE);
        } catch (RuntimeException | StackOverflowError e) {
            // Of no library may a client's text reach more than this thread.
            tell(e);
            verdict = new Verdict.Refused(LoginRefusal.INVALID_TOKEN);
        }
        question.answer(verdict);
    }

    private static @Nullable KeySourceException causeOf(JwtException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof KeySourceException keys) {
                return keys;
            }
        }
        return null;
    }

    private void await(UnknownKeyException unknown, Question question) {
        if (waitingForKeys.incrementAndGet() > MAX_WAITING) {
            waitingForKeys.decrementAndGet();
            question.refuse(LoginRefusal.UNAVAILABLE);
            return;
        }
        CompletableFuture<Boolean> ignored = unknown.isThere().whenComplete((isThere, failed) -> {
            waitingForKeys.decrementAndGet();
            if (failed != null) {
                question.refuse(LoginRefusal.UNAVAILABLE);
            } else if (isThere) {
                enqueue(question);
            } else {
                question.refuse(LoginRefusal.INVALID_TOKEN);
            }
        });
    }

    /** One line a second, without what the fault says, which may be a client's text. */
    private void tell(Throwable fault) {
        faults.incrementAndGet();
        long now = System.nanoTime();
        long last = lastFault.get();
        if (now - last >= LOG_INTERVAL_NANOS && lastFault.compareAndSet(last, now)) {
            log.error(
                    "Failed at checking {} tokens, at last by {}",
                    faults.getAndSet(0),
                    fault.getClass().getName());
        }
    }

    /** Of a token whose signature, issuer and audience are right. */
    private Verdict judge(@Nullable String tokenId, Jwt jwt) {
        Instant now = clock.instant();
        Instant expiresAt = jwt.getExpiresAt();
        Instant notBefore = jwt.getNotBefore();
        String token = tokenOf(jwt);
        if (!revocations.isKnown()) {
            return new Verdict.Refused(LoginRefusal.UNAVAILABLE);
        }
        if (expiresAt == null || token == null) {
            return new Verdict.Refused(LoginRefusal.INVALID_TOKEN);
        }
        Instant endsAt = expiresAt.plus(settings.clockSkew());
        if (!endsAt.isAfter(now)) {
            return new Verdict.Refused(LoginRefusal.EXPIRED_TOKEN);
        }
        if (notBefore != null && notBefore.isAfter(now.plus(settings.clockSkew()))) {
            return new Verdict.Refused(LoginRefusal.INVALID_TOKEN);
        }
        if (tokenId != null && !tokenId.equals(token)) {
            return new Verdict.Refused(LoginRefusal.OTHER_TOKEN_ID);
        }
        Credential credential = new Credential(jwt.getId(), jwt.getIssuedAt(), expiresAt, endsAt);
        return revocations.revoke(token, credential)
                ? new Verdict.Refused(LoginRefusal.REVOKED_TOKEN)
                : new Verdict.Accepted(token, credential);
    }

    private @Nullable String tokenOf(Jwt jwt) {
        Object claim = jwt.getClaim(settings.tokenClaim());
        String token =
                claim instanceof String || claim instanceof Long || claim instanceof Integer ? claim.toString() : "";
        return token.isEmpty() || token.length() > MAX_TOKEN ? null : token;
    }

    @Override
    public boolean revokes(Login login) {
        return revocations.revoke(login.token(), login.credential());
    }

    @Override
    public void admit(String token) {
        ownToken = token.getBytes(UTF_8);
    }

    /** Takes as long for a good guess as for a bad one. */
    private boolean isOwn(String tokenId) {
        byte[] own = ownToken;
        return own.length > 0 && MessageDigest.isEqual(own, tokenId.getBytes(UTF_8));
    }

    @Override
    public boolean isStrict() {
        return true;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
