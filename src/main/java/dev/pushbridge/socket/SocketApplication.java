package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is done with a Socket.IO connection: the bridge's own {@link PushApplication}, or another one for tests.
 *
 * <p>Called on the socket's event loop; nothing here may block. What takes time, such as a login, is answered later, on
 * the same loop ({@link NamespaceSocket#run}): every {@link Admission} and every {@link Ack} that was put off is used in
 * the end, also when the client has gone meanwhile.
 */
interface SocketApplication {
    /** A client asks to join a namespace. Until it is let in, any packet of it for that namespace ends the session. */
    void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission);

    /** An event has come. */
    void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack);

    /**
     * The client has left the namespace, or its session has ended. The last call for a socket, once for every one that
     * was let in, and not before the answers that were put off.
     *
     * @param end null if the client has left
     */
    default void disconnected(NamespaceSocket socket, @Nullable SessionEnd end) {}

    /** A ping goes to the client, on the namespace {@code /}; what is sent now travels with it. */
    default void pinged(NamespaceSocket socket) {}

    /** When {@link #overdue} is to be asked about the socket of the namespace {@code /}, in milliseconds of {@link Loop#now}. */
    default long deadline(NamespaceSocket socket) {
        return Long.MAX_VALUE;
    }

    /** Why the socket's session is to end by now, or null if it is not. */
    default @Nullable SessionEnd overdue(NamespaceSocket socket, long nowMillis) {
        return null;
    }

    /** Answers a client that asks to join: exactly once, in the call or later. */
    interface Admission {
        /** The client is in, and told so; if its session has ended meanwhile, {@link #disconnected} comes at once. */
        default void letIn() {
            letIn(null);
        }

        /** The same, with what the client is to show when it comes back: {@code pid} of its CONNECT, or null for none. */
        void letIn(@Nullable String pid);

        void refuse(Refusal refusal);
    }

    /**
     * Why a client may not join, as its {@code connect_error} shows it.
     *
     * @param data {@code err.data} of the client, or null for none
     */
    record Refusal(String message, @Nullable JsonNode data) {
        static final Refusal NO_NAMESPACE = new Refusal("Invalid namespace", null);
    }

    /** Answers an event. */
    interface Ack {
        /** Answers once; further answers are dropped, and so is the first if the client asked for none. */
        default void send(List<JsonNode> values) {
            send(values, () -> {});
        }

        /** The same, with a step between the answer and what has waited for it. */
        void send(List<JsonNode> values, Runnable next);

        /** Puts the answer off: what the socket sends until then waits its turn. */
        void later();
    }
}
