package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the official Socket.IO suite expects of a server (v5-current.md, "Test suite"): an {@code auth} event after every
 * connect, {@code message} echoed as {@code message-back}, {@code message-with-ack} answered with its arguments.
 */
final class EchoApplication implements SocketApplication {
    private static final Set<String> NAMESPACES = Set.of("/", "/custom");

    @Override
    public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
        if (NAMESPACES.contains(socket.namespace())) {
            admission.letIn();
            socket.emit("auth", List.of(auth));
        } else {
            admission.refuse(Refusal.NO_NAMESPACE);
        }
    }

    @Override
    public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
        switch (name) {
            case "message" -> socket.emit("message-back", arguments);
            case "message-with-ack" -> ack.send(arguments);
            case "ask" -> socket.emit("question", arguments, answer -> socket.emit("answer", List.of(answer)));
            default -> {}
        }
    }

    /** The official Engine.IO suites' application: what comes goes back. */
    static final class EngineEcho implements Conversation {
        private final EngineSession session;

        EngineEcho(EngineSession session) {
            this.session = session;
        }

        @Override
        public void opened() {}

        @Override
        public void text(String message) {
            session.sendText(("4" + message).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            session.drain();
        }

        @Override
        public void binary(byte[] message) {
            session.sendBinary(message);
            session.drain();
        }

        @Override
        public long deadline() {
            return Long.MAX_VALUE;
        }

        @Override
        public @Nullable SessionEnd overdue(long nowMillis) {
            return null;
        }

        @Override
        public void ended(SessionEnd end) {}
    }
}
