package dev.pushbridge.socket;

import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.security.Authenticator.Verdict;
import dev.pushbridge.session.Credential;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who is let in as whom, and for how long: asks the {@link Authenticator} about a login, ends it when what it rests on
 * ends, and ends the sessions of those who do not log in. On the sessions' loops.
 */
final class Gate {
    /** How long a session may stay beyond its time while a login of it is worked on: keys and this node may be waited for. */
    static final long GRACE_MILLIS = 20_000;

    private final Authenticator authenticator;
    private final SessionRegistry registry;
    private final PushMetrics metrics;
    private final Clock clock;
    private final long loginTimeoutMillis;
    private final Duration expiryWarning;

    /** A login timeout of zero lets sessions live without a login. */
    Gate(
            Authenticator authenticator,
            SessionRegistry registry,
            PushMetrics metrics,
            Clock clock,
            Duration loginTimeout,
            Duration expiryWarning) {
        this.authenticator = authenticator;
        this.registry = registry;
        this.metrics = metrics;
        this.clock = clock;
        this.loginTimeoutMillis = loginTimeout.toMillis();
        this.expiryWarning = expiryWarning;
    }

    /** Whether what comes with a connect is meant as a login. */
    boolean concerns(LoginForm form) {
        return form.error() != null || authenticator.concerns(form.tokenId(), form.jwt());
    }

    /** Whether somebody is there only once he has logged in. */
    boolean isStrict() {
        return authenticator.isStrict();
    }

    /** Whether a socket hears of others, and others hear of it. */
    boolean isHeard(NamespaceSocket socket) {
        return !authenticator.isStrict() || registry.loginOf(socket) != null;
    }

    /** Checks a login. One of the two hears what comes of it, once, on the socket's loop; in the call or later. */
    void identify(NamespaceSocket socket, LoginForm form, Consumer<Login> accepted, Consumer<Refused> refused) {
        if (form.error() != null) {
            refuse(LoginRefusal.FORM, form.error(), refused);
            return;
        }
        authenticator.authenticate(
                form.tokenId(),
                form.jwt(),
                verdict -> socket.run(() -> {
                    if (verdict instanceof Verdict.Accepted whose) {
                        accepted.accept(new Login(whose.token(), form.userId(), clock.instant(), whose.credential()));
                    } else if (verdict instanceof Verdict.Refused no) {
                        refuse(no.reason(), no.reason().message(), refused);
                    }
                }));
    }

    /** Counts a refusal, and hands it on. */
    void refuse(LoginRefusal reason, String message, Consumer<Refused> refused) {
        metrics.loginRefused(reason);
        refused.accept(new Refused(reason, message));
    }

    /** Why a login was refused, and what the client is told. */
    record Refused(LoginRefusal reason, String message) {}

    /** The login is in the registry: from now on it is watched. */
    void entered(NamespaceSocket socket, Login login) {
        if (authenticator.revokes(login)) {
            socket.session().end(SessionEnd.REVOKED);
            return;
        }
        Tenure tenure = tenure(socket, login.credential());
        if (tenure != null && tenure.isOver(socket.session().loop().now())) {
            socket.session().end(SessionEnd.EXPIRED);
            return;
        }
        socket.setTenure(tenure);
        socket.session().setDeadline();
    }

    private @Nullable Tenure tenure(NamespaceSocket socket, Credential credential) {
        Instant expiresAt = credential.expiresAt();
        Instant endsAt = credential.endsAt();
        if (expiresAt == null || endsAt == null) {
            return null;
        }
        long now = socket.session().loop().now();
        long warn = expiryWarning.isZero() ? Long.MAX_VALUE : now + millisTo(expiresAt.minus(expiryWarning));
        return new Tenure(warn, now + millisTo(endsAt));
    }

    private long millisTo(Instant time) {
        return Duration.between(clock.instant(), time).toMillis();
    }

    /** When {@link #overdue} is to be asked about a socket. */
    long deadline(NamespaceSocket socket) {
        if (registry.loginOf(socket) == null) {
            return loginTimeoutMillis == 0
                    ? Long.MAX_VALUE
                    : socket.strangerSince() + loginTimeoutMillis + grace(socket);
        }
        Tenure tenure = socket.tenure();
        return tenure == null ? Long.MAX_VALUE : tenure.deadline(grace(socket));
    }

    /** What is worked on may be the login that was due: it is not late because the bridge is. */
    private static long grace(NamespaceSocket socket) {
        return socket.isHeld() ? GRACE_MILLIS : 0;
    }

    /** Why the socket's session is to end by now, or null if it is not. */
    @Nullable SessionEnd overdue(NamespaceSocket socket, long nowMillis) {
        Login login = registry.loginOf(socket);
        if (login == null) {
            return nowMillis >= deadline(socket) ? SessionEnd.LOGIN_TIMEOUT : null;
        }
        Tenure tenure = socket.tenure();
        long grace = grace(socket);
        if (tenure == null || nowMillis < tenure.deadline(grace)) {
            return null;
        }
        if (tenure.isOver(nowMillis - grace)) {
            return SessionEnd.EXPIRED;
        }
        tenure.warned();
        warn(socket, login.credential());
        return null;
    }

    private void warn(NamespaceSocket socket, Credential credential) {
        Instant expiresAt = credential.expiresAt();
        if (expiresAt != null) {
            ObjectNode warning = JsonNodeFactory.instance
                    .objectNode()
                    .put("expiresAt", expiresAt.toString())
                    .put("secondsLeft", Math.max(0, millisTo(expiresAt) / 1000));
            socket.emit("token_expiring", List.of(warning));
        }
    }
}
