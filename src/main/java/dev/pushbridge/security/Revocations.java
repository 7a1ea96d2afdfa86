package dev.pushbridge.security;

import dev.pushbridge.event.RevocationOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Revocation.InvalidRevocationException;
import dev.pushbridge.security.Revocation.Target;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is revoked: the latest record of each key of {@code push.revocations}. A revocation ends the sessions that it
 * concerns, and logins are held against it from then on.
 *
 * <p><b>Concurrency.</b> One thread takes records; any thread asks. A revocation is entered before the registry is looked
 * through, and a login asks again after it has entered the registry: whichever comes second sees the other.
 *
 * <p>At most {@code push.auth.max-revocations} are held. When that many are, those are forgotten that are needed no longer;
 * if none is, the new one is not held, which is counted and said in the log.
 */
public final class Revocations {
    private static final Logger log = LoggerFactory.getLogger(Revocations.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SessionRegistry registry;
    private final PushMetrics metrics;
    private final int most;
    private final Clock clock;
    private final Map<String, Revocation> tokens = new ConcurrentHashMap<>();
    private final Map<String, Revocation> ids = new ConcurrentHashMap<>();
    private volatile boolean known;
    private volatile Instant everybodyIssuedBefore = Instant.MIN;
    /** The taking thread's. */
    private long lastComplaint = System.nanoTime() - LOG_INTERVAL_NANOS;

    private int complaintsKept;

    Revocations(SessionRegistry registry, PushMetrics metrics, int most, Clock clock, State state) {
        this.registry = registry;
        this.metrics = metrics;
        this.most = most;
        this.clock = clock;
        this.known = state == State.KNOWN;
        metrics.gauge(Meters.REVOCATIONS_HELD, this::size);
    }

    /** Whether there is something to be read before logins can be judged. */
    enum State {
        UNKNOWN,
        KNOWN
    }

    /** Everything that was in the topic at the start has been taken. */
    public void areKnown() {
        known = true;
    }

    boolean isKnown() {
        return known;
    }

    /** Takes a record of the topic; one that is no revocation is counted and told, and changes nothing. */
    public void take(byte @Nullable [] key, byte @Nullable [] value) {
        metrics.revocation(outcome(key, value));
    }

    private RevocationOutcome outcome(byte @Nullable [] key, byte @Nullable [] value) {
        try {
            Target target = Target.of(key);
            if (value == null) {
                lift(target);
                return RevocationOutcome.LIFTED;
            }
            return apply(Revocation.of(target, value));
        } catch (InvalidRevocationException e) {
            complain("is none: " + e.getMessage());
            return RevocationOutcome.INVALID;
        }
    }

    private void lift(Target target) {
        switch (target.kind()) {
            case TOKEN -> tokens.remove(target.name());
            case ID -> ids.remove(target.name());
            case EVERYBODY -> everybodyIssuedBefore = Instant.MIN;
        }
    }

    private RevocationOutcome apply(Revocation revocation) {
        boolean held = switch (revocation.kind()) {
            case TOKEN -> hold(tokens, revocation);
            case ID -> hold(ids, revocation);
            case EVERYBODY -> {
                everybodyIssuedBefore = revocation.issuedBefore();
                yield true;
            }
        };
        if (!held) {
            complain("is not held: there are push.auth.max-revocations, " + most + ", already");
        }
        endSessions(revocation); // also if it is not held
        return held ? RevocationOutcome.APPLIED : RevocationOutcome.OVERFLOW;
    }

    /** Looks at no more sessions than it has to: a topic may have a million of these. */
    private void endSessions(Revocation revocation) {
        if (revocation.kind() == Revocation.Kind.TOKEN) {
            for (Session session : registry.sessionsOf(revocation.name())) {
                endIfConcerned(revocation, session, registry.loginOf(session));
            }
        } else {
            registry.forEach((session, login) -> endIfConcerned(revocation, session, login));
        }
    }

    private static void endIfConcerned(Revocation revocation, Session session, @Nullable Login login) {
        if (login != null && concerns(revocation, login.token(), login.credential())) {
            session.end(SessionEnd.REVOKED);
        }
    }

    private boolean hold(Map<String, Revocation> held, Revocation revocation) {
        if (!held.containsKey(revocation.name()) && size() >= most) {
            Instant now = clock.instant();
            tokens.values().removeIf(old -> old.neededUntil().isBefore(now));
            ids.values().removeIf(old -> old.neededUntil().isBefore(now));
            if (size() >= most) {
                return false;
            }
        }
        held.put(revocation.name(), revocation);
        return true;
    }

    /** Whether a login under this token, that rests on this credential, is revoked. */
    boolean revoke(String token, Credential credential) {
        String id = credential.id();
        Revocation ofToken = tokens.get(token);
        return isBefore(credential, everybodyIssuedBefore)
                || (id != null && ids.containsKey(id))
                || (ofToken != null && isBefore(credential, ofToken.issuedBefore()));
    }

    private static boolean concerns(Revocation revocation, String token, Credential credential) {
        return switch (revocation.kind()) {
            case TOKEN -> revocation.name().equals(token) && isBefore(credential, revocation.issuedBefore());
            case ID -> revocation.name().equals(credential.id());
            case EVERYBODY -> isBefore(credential, revocation.issuedBefore());
        };
    }

    /** A login that rests on no JWT, the bridge's own, is not revoked. A JWT that does not say when it was issued may have been issued at any time. */
    private static boolean isBefore(Credential credential, Instant time) {
        Instant issuedAt = credential.issuedAt();
        if (credential.equals(Credential.NONE)) {
            return false;
        }
        return time.equals(Instant.MAX) || (!time.equals(Instant.MIN) && (issuedAt == null || issuedAt.isBefore(time)));
    }

    /** How many are held. */
    public int size() {
        return tokens.size() + ids.size();
    }

    /** At most one line a second. */
    private void complain(String why) {
        complaintsKept++;
        long now = System.nanoTime();
        if (now - lastComplaint >= LOG_INTERVAL_NANOS) {
            log.warn("A record of the revocations {} ({} like it since the last line)", why, complaintsKept - 1);
            lastComplaint = now;
            complaintsKept = 0;
        }
    }
}
