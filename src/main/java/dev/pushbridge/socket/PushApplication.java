package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.delivery.Logins;
import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.delivery.Logins.LoginAnswer;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.LoginResult;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Departures.Departure;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session.Progress;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.socket.Pids.Pid;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the bridge does with its clients: they say who they are, and are pushed to.
 *
 * <p>{@code user_login {tokenId, userId}} enters the socket into the registry, in place of the login it had;
 * {@code user_logout} takes it out; so does the end of the connection. The same fields in the client's {@code auth} log
 * in with the connect. A {@code socketId} from the client is not read: the socket is the one that spoke. Logins take
 * their turn in {@link Logins} and are answered when they have happened.
 */
final class PushApplication implements SocketApplication {
    private static final byte[] NEW_USER = "42[\"new_user\",{}]".getBytes(US_ASCII);
    /** So long a cursor is read also where this node's own are shorter: its word of new partitions may still be on its way. */
    private static final int CURSOR_CHARACTERS = 1024;
    /** And so long a one while this node knows nothing of the topic: that of a thousand partitions. */
    private static final int MOST_CURSOR_CHARACTERS = 16 << 10;

    private final SessionRegistry registry;
    private final Logins logins;
    private final Gate gate;
    /** Null where nobody is to come back. */
    private final @Nullable Pids pids;

    private final Greeting greeting;
    private final PushMetrics metrics;
    private final Departures departures;

    /** Whether others hear of a new connection. */
    enum Greeting {
        NOBODY,
        /** {@code new_user} to everybody else, as in the original: a square of messages. */
        EVERYBODY
    }

    PushApplication(
            SessionRegistry registry,
            Logins logins,
            Gate gate,
            @Nullable Pids pids,
            Greeting greeting,
            PushMetrics metrics,
            Departures departures) {
        this.registry = registry;
        this.logins = logins;
        this.gate = gate;
        this.pids = pids;
        this.greeting = greeting;
        this.metrics = metrics;
        this.departures = departures;
    }

    @Override
    public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
        LoginForm form = LoginForm.of(auth);
        if (!socket.namespace().equals(SocketPacket.MAIN)) {
            admission.refuse(Refusal.NO_NAMESPACE);
        } else if (!(auth.has("tokenId") || auth.has("token")) || !gate.concerns(form)) {
            Pid pid = restored(socket, auth);
            socket.remember(claimIn(socket, auth, pid, null));
            letIn(socket, admission, newPid(socket, null, socket.known()));
        } else {
            Pid pid = restored(socket, auth);
            gate.identify(
                    socket,
                    form,
                    login -> {
                        Claim claim = claimIn(socket, auth, pid, login.token());
                        login(login, claim, new Connecting(socket, login, claim, pid, admission));
                    },
                    no -> admission.refuse(refusal(no)));
        }
    }

    private static Refusal refusal(Gate.Refused no) {
        return new Refusal(
                no.message(),
                JsonNodeFactory.instance.objectNode().put("code", no.reason().word()));
    }

    /** The session that the client had, if it can show that, with its id for the new one. */
    private @Nullable Pid restored(NamespaceSocket socket, ObjectNode auth) {
        JsonNode text = auth.path("pid");
        Pid pid = pids != null && text.isString() ? pids.read(text.asString()) : null;
        if (pid != null) {
            socket.restore(pid.id());
        }
        return pid;
    }

    private @Nullable String newPid(NamespaceSocket socket, @Nullable String token, @Nullable String begin) {
        return pids == null ? null : pids.newPid(socket.id(), token, begin == null ? "" : begin);
    }

    private void letIn(NamespaceSocket socket, Admission admission, @Nullable String pid) {
        if (greeting == Greeting.EVERYBODY && gate.isHeard(socket)) {
            greetOthers(socket); // before it is in: who comes after it is not to hear of it
        }
        admission.letIn(pid);
    }

    @Override
    public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
        switch (name) {
            case "user_login" -> login(socket, arguments, ack);
            case "user_logout" -> logout(socket, ack);
            case "message_received" -> ack.send(List.of(acknowledged(socket, arguments)));
            default -> ack.send(List.of(no("event: unknown (expected: user_login, user_logout or message_received)")));
        }
    }

    @Override
    public void disconnected(NamespaceSocket socket, @Nullable SessionEnd end) {
        Login login = registry.logout(socket);
        if (socket.isHeld()) {
            logins.forget(socket);
        }
        if (login != null) {
            depart(socket, login, end == null ? "disconnect" : end.word());
        }
    }

    private void depart(NamespaceSocket socket, Login login, String end) {
        Progress state = socket.progressNow();
        departures.add(new Departure(socket.id(), login, Instant.now(), end, state.unwritten(), state.acknowledged()));
    }

    @Override
    public void pinged(NamespaceSocket socket) {
        socket.refreshCursor();
    }

    @Override
    public long deadline(NamespaceSocket socket) {
        return gate.deadline(socket);
    }

    @Override
    public @Nullable SessionEnd overdue(NamespaceSocket socket, long nowMillis) {
        return gate.overdue(socket, nowMillis);
    }

    private void login(NamespaceSocket socket, List<JsonNode> arguments, Ack ack) {
        JsonNode argument = arguments.isEmpty() ? MissingNode.getInstance() : arguments.get(0);
        ack.later();
        gate.identify(
                socket,
                LoginForm.of(argument),
                login -> {
                    Claim remembered = socket.remembered();
                    Claim said = Claim.in(argument, "cursor", longestCursor(socket));
                    Claim claim = said == null ? remembered : said; // which may be of another token
                    Login asked = said == null ? login : login.asAnswered();
                    login(asked, claim, new LoggingIn(socket, asked, claim, remembered, ack));
                },
                no -> refuse(ack, no));
    }

    private static void refuse(Ack ack, Gate.Refused no) {
        ack.send(List.of(no(no.message()).put("code", no.reason().word())));
    }

    private void logout(NamespaceSocket socket, Ack ack) {
        if (registry.loginOf(socket) == null) {
            ack.send(List.of(no("not logged in")));
            return;
        }
        ack.later();
        Login login = registry.loginOf(socket);
        logins.logout(
                socket,
                wasLoggedIn -> socket.run(() -> {
                    if (wasLoggedIn && login != null) {
                        depart(socket, login, "logout");
                        ack.send(List.of(yes()), socket::loggedOut);
                    } else {
                        ack.send(List.of(no("not logged in")));
                    }
                }));
    }

    private void login(Login login, @Nullable Claim claim, OnLoop answer) {
        logins.login(answer.socket, login, claim == null ? null : claim.cursor(), answer);
    }

    /**
     * Where a client that connects is. The stock client says how far its socket came, with whatever token; the page may say
     * how far it is with this one, and that counts, unless both are known to be of one token. If the client heard of no
     * cursor, it is where it began.
     */
    private @Nullable Claim claimIn(
            NamespaceSocket socket, ObjectNode auth, @Nullable Pid pid, @Nullable String token) {
        Claim offset = Claim.in(auth, "offset", longestCursor(socket));
        Claim cursor = Claim.in(auth, "cursor", longestCursor(socket));
        if (cursor != null && offset != null) {
            return pid != null && token != null && pid.isOf(token) ? cursor.with(offset) : cursor;
        }
        if (cursor != null || offset != null) {
            return cursor != null ? cursor : offset;
        }
        return pid == null || pid.begin() == null || auth.has("offset") ? null : new Claim(pid.begin(), "");
    }

    private static int longestCursor(NamespaceSocket socket) {
        int most = socket.mostCharacters();
        return most == 0 ? MOST_CURSOR_CHARACTERS : Math.max(CURSOR_CHARACTERS, most);
    }

    /** Cumulative: who has this has everything before it. */
    private ObjectNode acknowledged(NamespaceSocket socket, List<JsonNode> arguments) {
        String cursor = arguments.isEmpty() ? "" : arguments.get(0).asString("");
        int longest = longestCursor(socket); // the session keeps it
        if (cursor.length() > longest || Cursor.of(cursor) == Cursor.UNREADABLE) {
            return no("message_received: no cursor (expected: that of a receive_message, at most " + longest
                    + " characters)");
        }
        Login login = registry.loginOf(socket);
        if (login == null) {
            socket.session().acknowledged(); // may be on its way since before the logout, and is no flood
            return no("not logged in");
        }
        metrics.acknowledged();
        socket.acknowledged(cursor);
        if (logins.wantAcknowledgements()) {
            logins.acknowledged(socket, socket.holdings(login), Cursor.of(cursor));
        }
        return yes();
    }

    /** What becomes of a login, back on the socket's loop. */
    private abstract class OnLoop implements LoginAnswer {
        final NamespaceSocket socket;
        private final Login login;
        private final @Nullable Claim claim;

        OnLoop(NamespaceSocket socket, Login login, @Nullable Claim claim) {
            this.socket = socket;
            this.login = login;
            this.claim = claim;
        }

        abstract void answer(LoggedIn entry);

        abstract void refuse(Gate.Refused no);

        /** The session has ended; the answer is still due. */
        abstract void giveUp();

        @Override
        public final void loggedIn(LoggedIn entry) {
            metrics.login(LoginResult.ACCEPTED);
            socket.run(() -> answer(entry));
        }

        @Override
        public final void tooMany(int limit) {
            socket.run(() -> gate.refuse(
                    LoginRefusal.TOO_MANY_SOCKETS,
                    "tokenId: " + limit + " sockets already (expected: at most " + limit + " on this node)",
                    this::refuse));
        }

        @Override
        public final void tooEarly() {
            metrics.login(LoginResult.TOO_EARLY);
            socket.run(() -> {
                socket.session().end(SessionEnd.TOO_EARLY);
                giveUp();
            });
        }

        /** Once the client has its answer: what it has missed, or that it cannot be told. */
        final void goOn(LoggedIn entry) {
            gate.entered(socket, login);
            if (entry.resync() != null) {
                socket.emitResync(entry.resync(), claim == null ? "" : claim.fault());
            }
            socket.goOn(entry);
        }
    }

    private final class Connecting extends OnLoop {
        private final String token;
        private final @Nullable Pid pid;
        private final Admission admission;

        Connecting(NamespaceSocket socket, Login login, @Nullable Claim claim, @Nullable Pid pid, Admission admission) {
            super(socket, login, claim);
            this.token = login.token();
            this.pid = pid;
            this.admission = admission;
        }

        @Override
        void answer(LoggedIn entry) {
            // The stock client takes its session for recovered exactly if it gets its own pid back.
            Pid had = pid;
            String pidNow = had != null && entry.recovered() && had.isOf(token)
                    ? had.text()
                    : newPid(socket, token, entry.cursor());
            letIn(socket, admission, pidNow);
            goOn(entry);
        }

        @Override
        void refuse(Gate.Refused no) {
            admission.refuse(refusal(no));
        }

        @Override
        void giveUp() {
            admission.letIn();
        }
    }

    private final class LoggingIn extends OnLoop {
        private final @Nullable Claim remembered;
        private final Ack ack;

        LoggingIn(NamespaceSocket socket, Login login, @Nullable Claim claim, @Nullable Claim remembered, Ack ack) {
            super(socket, login, claim);
            this.remembered = remembered;
            this.ack = ack;
        }

        @Override
        void answer(LoggedIn entry) {
            if (greeting == Greeting.EVERYBODY && gate.isStrict() && !entry.replaced()) {
                greetOthers(socket);
            }
            ObjectNode answer = yes().put("replaced", entry.replaced())
                    .put("sessions", entry.sessions())
                    .put("recovered", socket.isRecovered(entry))
                    .put("replayed", entry.missed().remaining());
            if (entry.cursor() != null) {
                answer.put("cursor", entry.goesOn() ? socket.cursor(entry.cursor()) : entry.cursor());
            }
            ack.send(List.of(answer), () -> goOn(entry));
        }

        @Override
        void refuse(Gate.Refused no) {
            socket.remember(remembered); // nothing has changed, and the page may try again
            PushApplication.refuse(ack, no);
        }

        @Override
        void giveUp() {
            ack.send(List.of());
        }
    }

    private static ObjectNode yes() {
        return JsonNodeFactory.instance.objectNode().put("ok", true);
    }

    private static ObjectNode no(String error) {
        return JsonNodeFactory.instance.objectNode().put("ok", false).put("error", error);
    }

    private void greetOthers(NamespaceSocket newcomer) {
        for (Loop loop : newcomer.session().front().loops().all()) {
            loop.run(() -> loop.forEachSession(session -> greet(session, newcomer)));
        }
    }

    private void greet(EngineSession session, NamespaceSocket newcomer) {
        if (session.conversation() instanceof SocketConversation conversation
                && conversation.main() != null
                && conversation.main() != newcomer
                && gate.isHeard(conversation.main())) {
            session.sendText(NEW_USER);
            session.drain();
        }
    }
}
