package dev.pushbridge.socket;

import dev.pushbridge.event.SessionEnd;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is done with a Socket.IO connection: the bridge's own {@link PushApplication}, or another one for tests. Called
 * on the socket's event loop; nothing here may block.
 */
interface SocketApplication {
    /** A client asks to join a namespace. Returns null to let it in. */
    @Nullable Refusal connecting(NamespaceSocket socket, ObjectNode auth);

    /** The client is in, and has been told so. */
    default void connected(NamespaceSocket socket, ObjectNode auth) {}

    /** An event has come; the ack does nothing if the client asked for none. */
    void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack);

    /** The client has left the namespace, or its session has ended. Once for every socket that was let in. */
    default void disconnected(NamespaceSocket socket, @Nullable SessionEnd end) {}

    /** Whether the login that {@code push.socket.limits.login-timeout} waits for has happened. */
    default boolean isLoggedIn(NamespaceSocket socket) {
        return true;
    }

    /**
     * Why a client may not join, as its {@code connect_error} shows it.
     *
     * @param data {@code err.data} of the client, or null for none
     */
    record Refusal(String message, @Nullable JsonNode data) {
        static final Refusal NO_NAMESPACE = new Refusal("Invalid namespace", null);
    }

    /** Answers an event, once; further answers are dropped. */
    @FunctionalInterface
    interface Ack {
        void send(List<JsonNode> values);
    }
}
