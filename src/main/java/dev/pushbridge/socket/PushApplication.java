package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.delivery.Logins;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import java.time.Clock;
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
    private static final int MAX_LENGTH = 256;
    private static final String EXPECTED =
            " (expected: a string or whole number of 1 to " + MAX_LENGTH + " characters)";

    private final SessionRegistry registry;
    private final Logins logins;
    private final Clock clock;
    private final Greeting greeting;

    /** Whether others hear of a new connection. */
    enum Greeting {
        NOBODY,
        /** {@code new_user} to everybody else, as in the original: a square of messages. */
        EVERYBODY
    }

    PushApplication(SessionRegistry registry, Logins logins, Clock clock, Greeting greeting) {
        this.registry = registry;
        this.logins = logins;
        this.clock = clock;
        this.greeting = greeting;
    }

    @Override
    public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
        if (!socket.namespace().equals(SocketPacket.MAIN)) {
            admission.refuse(Refusal.NO_NAMESPACE);
        } else if (!auth.has("tokenId")) {
            letIn(socket, admission);
        } else {
            String error = errorIn(auth);
            if (error != null) {
                admission.refuse(new Refusal(error, null));
            } else {
                logins.login(socket, loginIn(auth), done -> socket.run(() -> letIn(socket, admission)));
            }
        }
    }

    private void letIn(NamespaceSocket socket, Admission admission) {
        admission.letIn();
        if (greeting == Greeting.EVERYBODY) {
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
    public boolean isLoggedIn(NamespaceSocket socket) {
        return registry.loginOf(socket) != null;
    }

    private void login(NamespaceSocket socket, List<JsonNode> arguments, Ack ack) {
        JsonNode login = arguments.isEmpty() ? MissingNode.getInstance() : arguments.get(0);
        String error = login.isObject()
                ? errorIn(login)
                : "user_login: " + kindOf(login) + " (expected: an object {tokenId, userId})";
        if (error != null) {
            ack.send(List.of(no(error)));
        } else {
            ack.later();
            logins.login(socket, loginIn(login), done -> socket.run(() -> ack.send(List.of(answer(done)))));
        }
    }

    private Login loginIn(JsonNode login) {
        JsonNode userId = login.path("userId");
        return new Login(
                login.path("tokenId").asString(), isAbsent(userId) ? null : userId.asString(), clock.instant());
    }

    private static ObjectNode answer(Logins.Done done) {
        return yes().put("replaced", done.replaced()).put("sessions", done.sessions());
    }

    private ObjectNode logout(NamespaceSocket socket) {
        return registry.logout(socket) == null ? no("not logged in") : yes();
    }

    /** What is wrong with a login: the kind of the value, never the value. */
    private static @Nullable String errorIn(JsonNode login) {
        JsonNode token = login.path("tokenId");
        if (!isName(token)) {
            return "tokenId: " + kindOf(token) + EXPECTED;
        }
        JsonNode userId = login.path("userId");
        return isAbsent(userId) || isName(userId) ? null : "userId: " + kindOf(userId) + EXPECTED;
    }

    private static boolean isName(JsonNode value) {
        if (!value.isString() && !value.isIntegralNumber()) {
            return false;
        }
        int length = value.asString().length();
        return length >= 1 && length <= MAX_LENGTH;
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static String kindOf(JsonNode value) {
        if (value.isString()) {
            return value.asString().length() + " characters";
        }
        return switch (value.getNodeType()) {
            case MISSING -> "missing";
            case NULL -> "null";
            case NUMBER -> value.isIntegralNumber() ? "too many digits" : "a fraction";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            default -> "binary";
        };
    }

    private static ObjectNode yes() {
        return JsonNodeFactory.instance.objectNode().put("ok", true);
    }

    private static ObjectNode no(String error) {
        return JsonNodeFactory.instance.objectNode().put("ok", false).put("error", error);
    }

    private static void greetOthers(NamespaceSocket newcomer) {
        for (Loop loop : newcomer.session().front().loops().all()) {
            loop.run(() -> loop.forEachSession(session -> greet(session, newcomer)));
        }
    }

    private static void greet(EngineSession session, NamespaceSocket newcomer) {
        if (session.conversation() instanceof SocketConversation conversation
                && conversation.main() != null
                && conversation.main() != newcomer) {
            session.sendText(NEW_USER);
            session.drain();
        }
    }
}
