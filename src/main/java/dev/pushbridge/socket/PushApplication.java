package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.delivery.Logins;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.session.SessionRegistry;
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

    private final SessionRegistry registry;
    private final Logins logins;
    private final Gate gate;
    private final Greeting greeting;

    /** Whether others hear of a new connection. */
    enum Greeting {
        NOBODY,
        /** {@code new_user} to everybody else, as in the original: a square of messages. */
        EVERYBODY
    }

    PushApplication(SessionRegistry registry, Logins logins, Gate gate, Greeting greeting) {
        this.registry = registry;
        this.logins = logins;
        this.gate = gate;
        this.greeting = greeting;
    }

    @Override
    public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
        LoginForm form = LoginForm.of(auth);
        if (!socket.namespace().equals(SocketPacket.MAIN)) {
            admission.refuse(Refusal.NO_NAMESPACE);
        } else if (!(auth.has("tokenId") || auth.has("token")) || !gate.concerns(form)) {
            letIn(socket, admission);
        } else {
            gate.identify(
                    socket,
                    form,
                    login -> logins.login(
                            socket,
                            login,
                            done -> socket.run(() -> {
                                letIn(socket, admission);
                                gate.entered(socket, login);
                            })),
                    no -> admission.refuse(refusal(no)));
        }
    }

    private static Refusal refusal(Gate.Refused no) {
        return new Refusal(
                no.message(),
                JsonNodeFactory.instance.objectNode().put("code", no.reason().word()));
    }

    private void letIn(NamespaceSocket socket, Admission admission) {
        admission.letIn();
        if (greeting == Greeting.EVERYBODY && gate.isHeard(socket)) {
            greetOthers(socket);
        }
    }

    @Override
    public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
        switch (name) {
            case "user_login" -> login(socket, arguments, ack);
            case "user_logout" -> ack.send(List.of(logout(socket)));
            default -> ack.send(List.of(no("event: unknown (expected: user_login or user_logout)")));
        }
    }

    @Override
    public void disconnected(NamespaceSocket socket, @Nullable SessionEnd end) {
        registry.logout(socket);
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
        ack.later();
        gate.identify(
                socket,
                LoginForm.of(arguments.isEmpty() ? MissingNode.getInstance() : arguments.get(0)),
                login -> logins.login(
                        socket,
                        login,
                        done -> socket.run(() -> {
                            gate.entered(socket, login);
                            if (greeting == Greeting.EVERYBODY && gate.isStrict() && !done.replaced()) {
                                greetOthers(socket);
                            }
                            ack.send(List.of(answer(done)));
                        })),
                no -> ack.send(List.of(no(no.message()).put("code", no.reason().word()))));
    }

    private static ObjectNode answer(Logins.Done done) {
        return yes().put("replaced", done.replaced()).put("sessions", done.sessions());
    }

    private ObjectNode logout(NamespaceSocket socket) {
        boolean wasLoggedIn = registry.logout(socket) != null;
        if (wasLoggedIn) {
            socket.loggedOut();
        }
        return wasLoggedIn ? yes() : no("not logged in");
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
