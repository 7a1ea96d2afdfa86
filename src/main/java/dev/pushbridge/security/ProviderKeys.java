package dev.pushbridge.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import dev.pushbridge.settings.JwtSettings;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;

/**
 * The keys that the provider publishes, as they were had last.
 *
 * <p><b>Concurrency.</b> One thread asks the provider: every few minutes, and when a token names a key that is unknown,
 * which anybody can make up; so the latter is at most twice in {@link #RATE}. Nobody waits for that thread: whoever needs a
 * known key has it from memory, and whoever needs another one is told by {@link UnknownKeyException} when to look again.
 */
final class ProviderKeys implements JWKSource<SecurityContext>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ProviderKeys.class);
    /** How long an answer of the provider may take, to its last byte. */
    static final Duration WAIT = Duration.ofSeconds(4);
    /** How often the provider is asked. What it withdraws is used for this long and a {@link #WAIT}, while it is there. */
    static final Duration PAUSE = Duration.ofMinutes(5);
    /** How soon it is asked again that has not answered. */
    private static final Duration RETRY = Duration.ofSeconds(30);
    /** How long keys are used while the provider does not answer. */
    static final Duration OUTAGE = Duration.ofHours(24);
    /** Unknown keys make the provider be asked at most twice in this time. */
    static final Duration RATE = Duration.ofSeconds(10);

    private static final Duration CONNECT_WAIT = Duration.ofSeconds(2);
    private static final int MAX_BYTES = 256 << 10;

    private final URI uri;
    private final Duration pause;
    private final LongSupplier nanoTime;
    private final JdkClientHttpRequestFactory http;
    private final ScheduledThreadPoolExecutor thread;
    private volatile @Nullable Held held;
    /** The answer that is awaited, or the last one; guarded by this, as the next two. */
    private CompletableFuture<JWKSet> answer = CompletableFuture.completedFuture(new JWKSet());

    /** When unknown keys last made the provider be asked, and the time before. */
    private long askedLast;

    private long askedBefore;
    /** The thread's own, as the next. */
    private @Nullable ScheduledFuture<?> next;

    private long toldNanos;

    private record Held(JWKSet keys, long sinceNanos) {}

    /** Asks the provider at once, and from then on after each {@code pause}; {@code wait} is the most for one answer. */
    ProviderKeys(URI uri, Duration wait, Duration pause, LongSupplier nanoTime) {
        this.uri = uri;
        this.pause = pause;
        this.nanoTime = nanoTime;
        http = new JdkClientHttpRequestFactory(HttpClient.newBuilder()
                .connectTimeout(CONNECT_WAIT)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .proxy(ProxySelector.getDefault())
                .build());
        http.setReadTimeout(wait);
        long longAgo = nanoTime.getAsLong() - RATE.toNanos();
        askedLast = longAgo;
        askedBefore = longAgo;
        toldNanos = longAgo - RETRY.toNanos();
        thread = new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "push-auth-keys"));
        thread.setRemoveOnCancelPolicy(true);
        thread.setRejectedExecutionHandler(
                new ThreadPoolExecutor.DiscardPolicy()); // at the end there is nothing to ask
        ask();
    }

    /** Throws {@link UnknownKeyException} if the key may come with the next answer; else it cannot be had now. */
    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        Held now = held;
        List<JWK> found = now == null || nanoTime.getAsLong() - now.sinceNanos > OUTAGE.toNanos()
                ? List.of()
                : selector.select(now.keys);
        if (!found.isEmpty()) {
            return found;
        }
        CompletableFuture<JWKSet> due = askForUnknown();
        if (due == null) {
            throw new KeySourceException("the provider was asked for unknown keys twice in " + RATE.toSeconds() + " s");
        }
        throw new UnknownKeyException(selector, due);
    }

    /** The answer that is awaited, if there is one, or that to a new question; null if that would be one too many. */
    private synchronized @Nullable CompletableFuture<JWKSet> askForUnknown() {
        if (!answer.isDone()) {
            return answer;
        }
        long now = nanoTime.getAsLong();
        if (now - askedBefore < RATE.toNanos()) {
            return null;
        }
        askedBefore = askedLast;
        askedLast = now;
        return asked();
    }

    private void ask() {
        CompletableFuture<JWKSet> ignored = asked();
    }

    private synchronized CompletableFuture<JWKSet> asked() {
        if (answer.isDone()) {
            CompletableFuture<JWKSet> due = new CompletableFuture<>();
            answer = due;
            thread.execute(() -> take(due));
            failIfStopped();
        }
        return answer;
    }

    // ---- on the thread

    private void take(CompletableFuture<JWKSet> due) {
        try {
            JWKSet keys = JWKSet.parse(published());
            held = new Held(keys, nanoTime.getAsLong());
            askAgainIn(pause);
            due.complete(keys);
        } catch (IOException | ParseException | RuntimeException e) {
            if (!thread.isShutdown()) {
                tell(e);
            }
            askAgainIn(RETRY);
            due.completeExceptionally(new KeySourceException("the provider does not answer"));
        }
    }

    private String published() throws IOException {
        try (ClientHttpResponse response =
                http.createRequest(uri, HttpMethod.GET).execute()) {
            if (response.getStatusCode().value() != 200) {
                throw new IOException("status " + response.getStatusCode().value() + " (expected: 200)");
            }
            byte[] body = response.getBody().readNBytes(MAX_BYTES + 1);
            if (body.length > MAX_BYTES) {
                throw new IOException("more than " + MAX_BYTES + " bytes");
            }
            return new String(body, UTF_8);
        }
    }

    private void askAgainIn(Duration time) {
        ScheduledFuture<?> before = next;
        if (before != null) {
            before.cancel(false);
        }
        next = thread.schedule(this::ask, time.toNanos(), NANOSECONDS);
    }

    /** Now and then. Nothing of a token is in it, nor the query of the URL. */
    private void tell(Exception failed) {
        long now = nanoTime.getAsLong();
        if (now - toldNanos >= RETRY.toNanos()) {
            toldNanos = now;
            log.warn(
                    "The keys of {} cannot be had{}: {}",
                    JwtSettings.shown(uri.toString()),
                    held == null ? ", and logins wait for them" : "; those from before are used",
                    JwtSettings.shown(failed.toString())); // a place that the provider sends to may be in it
        }
    }

    /** Who still waits hears that there is no answer. */
    @Override
    public void close() {
        thread.shutdownNow();
        failIfStopped();
    }

    private synchronized void failIfStopped() {
        if (thread.isShutdown()) {
            answer.completeExceptionally(new KeySourceException("the bridge stops"));
        }
    }

    /** A token names a key that is not among those of the provider, as far as they are known. */
    @SuppressWarnings("serial")
    static final class UnknownKeyException extends KeySourceException {
        private final JWKSelector selector;
        private final CompletableFuture<JWKSet> answer;

        private UnknownKeyException(JWKSelector selector, CompletableFuture<JWKSet> answer) {
            super("a key that is not known");
            this.selector = selector;
            this.answer = answer;
        }

        /** Whether the key is there once the provider has answered; fails if it does not. Heard on a thread that must not wait. */
        CompletableFuture<Boolean> isThere() {
            return answer.thenApply(keys -> !selector.select(keys).isEmpty());
        }
    }
}
