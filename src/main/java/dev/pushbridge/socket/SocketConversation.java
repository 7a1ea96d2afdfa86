package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import com.corundumstudio.socketio.protocol.PacketType;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.settings.SocketLimits;
import dev.pushbridge.socket.NamespaceSocket.Received;
import dev.pushbridge.socket.SocketApplication.Ack;
import dev.pushbridge.socket.SocketApplication.Admission;
import dev.pushbridge.socket.SocketApplication.Refusal;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Socket.IO over one session: namespaces, events, acks.
 *
 * <p>Protocol: {@code docs/socket.io-protocol} v5-current.md of socketio/socket.io for clients of Engine.IO 4, v4.md for
 * those of Engine.IO 3 (client 2.x), which are in the namespace {@code /} without asking, may put a query behind a
 * namespace, and get a refusal as a string. What the state does not allow ends the session, as in the official server
 * ({@code packages/socket.io/lib/client.ts}).
 */
final class SocketConversation implements Conversation {
    private final EngineSession session;
    private final SocketApplication application;
    private final SocketLimits limits;
    private @Nullable NamespaceSocket main;
    /** The sockets of other namespaces; null for none. */
    private @Nullable Map<String, NamespaceSocket> others;
    /** The namespaces whose answer to the client is due; null for none. */
    private @Nullable Set<String> joining;
    /** A packet whose attachments are on their way. */
    private @Nullable Attachments attachments;
    /** Since when the session is in no namespace, as long as it is in none. */
    private long aloneSince;
    /** Since when nobody is logged in, as of the last socket of the namespace {@code /} that left. */
    private long strangerSince;
    /** How the session has ended, if it has. */
    private @Nullable SessionEnd end;

    SocketConversation(EngineSession session, SocketApplication application) {
        this.session = session;
        this.application = application;
        this.limits = session.front().settings().limits();
        this.aloneSince = session.openedMillis();
        this.strangerSince = session.openedMillis();
    }

    /** The socket of the namespace {@code /}, or null. */
    @Nullable NamespaceSocket main() {
        return main;
    }

    @Override
    public void opened() {
        if (session.version() == EngineIOVersion.V3) {
            connect(SocketPacket.MAIN, JsonNodeFactory.instance.objectNode());
        }
    }

    // ---- in

    @Override
    public void text(String message) throws ProtocolException {
        if (attachments != null) {
            throw new ProtocolException("text where an attachment is due");
        }
        SocketPacket packet = session.front().packetReader().read(message);
        if (packet.attachments() > 0) {
            attachments =
                    new Attachments(packet, message.length(), session.front().maxPayload());
        } else {
            received(new Received(packet, packet.data(), message.length()));
        }
    }

    @Override
    public void binary(byte[] message) throws ProtocolException {
        Attachments waiting = attachments;
        if (waiting == null) {
            throw new ProtocolException("binary without a packet that it belongs to");
        }
        waiting.add(message);
        if (waiting.isComplete()) {
            attachments = null;
            received(waiting.received());
        }
    }

    private void received(Received received) throws ProtocolException {
        SocketPacket packet = received.packet();
        if (packet.type() == PacketType.CONNECT) {
            connect(packet, received.data());
            return;
        }
        NamespaceSocket socket = socketOf(plainName(packet.namespace()));
        if (socket == null) {
            throw new ProtocolException("packet for a namespace that was not joined");
        }
        if (socket.isHeld()) {
            socket.keep(received);
        } else {
            received(socket, received);
        }
    }

    private void received(NamespaceSocket socket, Received received) throws ProtocolException {
        SocketPacket packet = received.packet();
        JsonNode data = received.data();
        switch (packet.type()) {
            case DISCONNECT -> leave(socket);
            case EVENT, BINARY_EVENT -> event(socket, packet.id(), data);
            case ACK, BINARY_ACK ->
                socket.acknowledged(packet.id(), data == null ? JsonNodeFactory.instance.nullNode() : data);
            default -> throw new ProtocolException("packet that is the server's to send");
        }
    }

    private void event(NamespaceSocket socket, long id, @Nullable JsonNode data) {
        List<JsonNode> arguments = new ArrayList<>();
        if (data != null) {
            data.forEach(arguments::add);
        }
        String name = arguments.remove(0).asString();
        application.event(socket, name, arguments, new OneAck(socket, id));
    }

    /** Goes on where an answer that was put off held the socket up. */
    private void goOn(NamespaceSocket socket) {
        socket.release();
        if (end != null) {
            application.disconnected(socket, end);
            return;
        }
        SessionEnd overdue = overdue(session.loop().now());
        if (overdue != null) {
            session.end(overdue);
            return;
        }
        session.setDeadline();
        try {
            for (Received next = socket.nextKept(); next != null; next = socket.nextKept()) {
                received(socket, next);
                if (socket.isHeld()) {
                    return;
                }
            }
        } catch (ProtocolException broken) {
            session.end(broken.end());
        }
    }

    // ---- namespaces

    private void connect(SocketPacket packet, @Nullable JsonNode data) throws ProtocolException {
        String name = plainName(packet.namespace());
        Set<String> pending = joining;
        int pendingCount = pending == null ? 0 : pending.size();
        if (socketOf(name) != null || (pending != null && pending.contains(name))) {
            throw new ProtocolException("namespace joined twice");
        }
        int joined = (main == null ? 0 : 1) + (others == null ? 0 : others.size());
        if (joined + pendingCount >= limits.namespaces()) {
            throw new ProtocolException(SessionEnd.NAMESPACES, "too many namespaces");
        }
        connect(name, data instanceof ObjectNode auth ? auth : query(packet.namespace()));
    }

    private void connect(String name, ObjectNode auth) {
        joining = joining == null ? new HashSet<>() : joining;
        joining.add(name);
        NamespaceSocket socket = new NamespaceSocket(session, name, strangerSince);
        application.connecting(socket, auth, new OneAdmission(socket));
    }

    private void join(NamespaceSocket socket, @Nullable String pid) {
        if (socket.namespace().equals(SocketPacket.MAIN)) {
            main = socket;
        } else {
            others = others == null ? new HashMap<>() : others;
            others.put(socket.namespace(), socket);
        }
        socket.join();
        session.setDeadline();
        ObjectNode joined = session.version() == EngineIOVersion.V3
                ? null
                : JsonNodeFactory.instance.objectNode().put("sid", socket.id());
        if (joined != null && pid != null) {
            joined.put("pid", pid);
        }
        socket.send(PacketType.CONNECT, SocketPacket.NO_ID, joined);
    }

    /** An object with {@code message} and {@code data}; for client 2.x what it hands to its error listener. */
    private JsonNode shown(Refusal refusal) {
        if (session.version() == EngineIOVersion.V3) {
            return refusal.data() != null ? refusal.data() : JsonNodeFactory.instance.stringNode(refusal.message());
        }
        ObjectNode error = JsonNodeFactory.instance.objectNode().put("message", refusal.message());
        if (refusal.data() != null) {
            error.set("data", refusal.data());
        }
        return error;
    }

    /** Who comes and goes does not put off the end of the time to log in. */
    private void leave(NamespaceSocket socket) {
        SessionEnd overdue = overdue(session.loop().now());
        if (overdue != null) {
            session.end(overdue);
            return;
        }
        socket.leave();
        if (socket == main) {
            main = null;
            strangerSince = socket.strangerSince();
        } else if (others != null) {
            others.remove(socket.namespace());
        }
        aloneSince = session.loop().now();
        session.setDeadline();
        application.disconnected(socket, null);
    }

    private boolean isAlone() {
        return main == null && (others == null || others.isEmpty());
    }

    private @Nullable NamespaceSocket socketOf(String namespace) {
        if (namespace.equals(SocketPacket.MAIN)) {
            return main;
        }
        return others == null ? null : others.get(namespace);
    }

    /** Client 2.x: {@code /admin?token=1234} is the namespace {@code /admin} (v4.md, "0 - CONNECT"). */
    private String plainName(String namespace) {
        int query = session.version() == EngineIOVersion.V3 ? namespace.indexOf('?') : -1;
        return query < 0 ? namespace : namespace.substring(0, query);
    }

    private ObjectNode query(String namespace) throws ProtocolException {
        ObjectNode auth = JsonNodeFactory.instance.objectNode();
        if (session.version() == EngineIOVersion.V3) {
            try {
                new QueryStringDecoder(namespace).parameters().forEach((name, values) -> auth.put(name, values.get(0)));
            } catch (IllegalArgumentException e) {
                throw new ProtocolException("query that cannot be read");
            }
        }
        return auth;
    }

    // ---- time and end

    @Override
    public void pinged() {
        if (main != null) {
            application.pinged(main);
        }
    }

    @Override
    public long deadline() {
        if (isAlone()) {
            return aloneSince + limits.connectTimeout().toMillis();
        }
        return main == null ? Long.MAX_VALUE : application.deadline(main);
    }

    @Override
    public @Nullable SessionEnd overdue(long nowMillis) {
        if (nowMillis < deadline()) {
            return null;
        }
        if (isAlone()) {
            return SessionEnd.CONNECT_TIMEOUT;
        }
        return main == null ? null : application.overdue(main, nowMillis);
    }

    @Override
    public void ended(SessionEnd end) {
        this.end = end;
        attachments = null;
        end(main, end);
        if (others != null) {
            others.values().forEach(socket -> end(socket, end));
        }
        main = null;
        others = null;
    }

    private void end(@Nullable NamespaceSocket socket, SessionEnd end) {
        if (socket != null) {
            socket.leave();
            if (!socket.isHeld()) {
                application.disconnected(socket, end);
            }
        }
    }

    /** The answer to a client that asks to join. */
    private final class OneAdmission implements Admission {
        private final NamespaceSocket socket;
        private boolean used;

        private OneAdmission(NamespaceSocket socket) {
            this.socket = socket;
        }

        @Override
        public void letIn(@Nullable String pid) {
            use();
            if (end == null) {
                join(socket, pid);
            } else {
                application.disconnected(socket, end);
            }
        }

        @Override
        public void refuse(Refusal refusal) {
            use();
            socket.send(PacketType.ERROR, SocketPacket.NO_ID, shown(refusal));
        }

        private void use() {
            if (used) {
                throw new IllegalStateException("an admission is used once");
            }
            used = true;
            if (joining != null) {
                joining.remove(socket.namespace());
                joining = joining.isEmpty() ? null : joining;
            }
        }
    }

    /** Sends the first answer to an event, if one was asked for. */
    private final class OneAck implements Ack {
        private final NamespaceSocket socket;
        private long id;
        private boolean late;

        private OneAck(NamespaceSocket socket, long id) {
            this.socket = socket;
            this.id = id;
        }

        @Override
        public void send(List<JsonNode> values, Runnable next) {
            if (id != SocketPacket.NO_ID && socket.isJoined()) {
                socket.send(
                        PacketType.ACK, id, JsonNodeFactory.instance.arrayNode().addAll(values));
                id = SocketPacket.NO_ID;
            }
            next.run();
            if (late) {
                late = false;
                goOn(socket);
            }
        }

        @Override
        public void later() {
            late = true;
            socket.hold();
        }
    }
}
