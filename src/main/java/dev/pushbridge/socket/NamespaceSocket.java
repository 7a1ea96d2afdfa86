package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import com.corundumstudio.socketio.protocol.PacketType;
import dev.pushbridge.delivery.Holdings;
import dev.pushbridge.delivery.Logins.LoggedIn;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.Journey.Leg;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.socket.Loop.Reached;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One client in one namespace: what the client's own {@code socket} object is, and has the same id. That of the
 * namespace {@code /} is the {@link Session} that the rest of the bridge knows.
 */
final class NamespaceSocket implements Session {
    private static final Logger log = LoggerFactory.getLogger(NamespaceSocket.class);
    /** Acks that a socket may owe us; more are not asked for. */
    private static final int MAX_ACKS = 256;
    /** Packets of a client that may wait while the answer to an earlier one is due; together one message, one packet over. */
    private static final int MAX_WAITING = 64;

    private final EngineSession session;
    private final String namespace;
    private String id;
    private @Nullable Map<Long, Consumer<JsonNode>> acks;
    private long lastAck = SocketPacket.NO_ID;
    private boolean joined;
    /** Since when nobody is logged in, while nobody is. */
    private long strangerSince;
    /** How long the login lasts; null for as long as it likes. */
    private @Nullable Tenure tenure;
    /** Where the client was before it connected; for its first login. */
    private @Nullable Claim remembered;
    /** Whether a login is in force, and the client was told so. */
    private boolean live;
    /** Whether that login, or a later one that goes on with it, found everything that the client had missed. */
    private boolean recovered;
    /** The rank of the position that the client knows. */
    private long sequence;

    private String acknowledgedCursor = "";
    private long acknowledgedMillis;
    /** What the client has told of; null where nobody wants to know. */
    private @Nullable Holdings holdings;
    /** The followed delivery that the client may acknowledge, and its cursor. */
    private @Nullable Leg followed;

    private String followedCursor = "";
    /** Whether an answer to an event was put off. */
    private boolean held;
    /** What has come since then. */
    private @Nullable Deque<Received> waiting;

    /**
     * A packet that has come.
     *
     * @param data with the attachments in place
     * @param size what it came as: characters, and bytes of attachments
     */
    record Received(SocketPacket packet, @Nullable JsonNode data, int size) {}

    /** @param strangerSince since when nobody is logged in with this session */
    NamespaceSocket(EngineSession session, String namespace, long strangerSince) {
        this.session = session;
        this.namespace = namespace;
        this.id = session.loop().newId();
        this.strangerSince = strangerSince;
    }

    @Override
    public String id() {
        return id;
    }

    String namespace() {
        return namespace;
    }

    EngineSession session() {
        return session;
    }

    /** Takes up the id that the client had; before it is let in. */
    void restore(String former) {
        id = former;
    }

    // ---- deliveries, on the way described in Outbox

    @Override
    public void send(Frame frame) {
        session.loop().outbox().add(this, frame);
    }

    void deliver(Frame frame) {
        if (joined) {
            sequence = Math.max(sequence, frame.sequence());
            session.deliver(frame);
            if (frame.journey() != null && session.canFollow()) {
                follow(frame.journey(), frame.cursor());
            }
        } else {
            session.loop().deliveries(DeliveryOutcome.CLOSED, 1);
        }
    }

    private void follow(Journey journey, String cursor) {
        Leg leg = journey.leg(id);
        if (leg != null) {
            session.follow(leg);
            followed = leg;
            followedCursor = cursor;
        }
    }

    /** The client has everything up to this cursor, a text that is one. */
    void acknowledged(String cursor) {
        acknowledgedCursor = cursor;
        acknowledgedMillis = System.currentTimeMillis();
        session.acknowledged();
        Leg leg = followed;
        if (leg != null && Cursor.of(cursor).hasAll(Cursor.of(followedCursor))) {
            followed = null;
            leg.acknowledged();
        }
    }

    /** What the client says that it has under this login. */
    Holdings holdings(Login login) {
        Holdings kept = holdings;
        if (kept == null || !kept.areOf(login)) {
            kept = holdings = new Holdings(login);
        }
        return kept;
    }

    void drain() {
        session.drain();
    }

    @Override
    public void resync(ResyncReason reason, Position now) {
        orForget(() -> {
            session.dropReplay();
            emitResync(reason, "");
            goOnAt(now);
        });
    }

    @Override
    public CompletableFuture<Progress> progress() {
        CompletableFuture<Progress> state = new CompletableFuture<>();
        try {
            run(() -> state.complete(progressNow()));
        } catch (RejectedExecutionException stopped) {
            state.completeExceptionally(stopped);
        }
        return state;
    }

    /** On the session's loop. */
    Progress progressNow() {
        return new Progress(session.unwritten(), acknowledgedCursor, acknowledgedMillis);
    }

    @Override
    public void end(SessionEnd end) {
        orForget(() -> session.end(end));
    }

    /** A step that does not matter any more when the loop has stopped. */
    private void orForget(Runnable step) {
        try {
            run(step);
        } catch (RejectedExecutionException stopped) {
            log.debug("The loop has stopped", stopped);
        }
    }

    // ---- the client's cursor, on the session's loop

    void remember(@Nullable Claim claim) {
        remembered = claim;
    }

    /** Where this node is, as a client may be told that has no events yet; null if it does not know. */
    @Nullable String known() {
        Reached reached = session.loop().reached();
        return reached == null ? null : reached.position().cursor();
    }

    /** How long a cursor of this node may be, as far as it knows. */
    int mostCharacters() {
        Reached reached = session.loop().reached();
        return reached == null ? 0 : reached.mostCharacters();
    }

    /** What was remembered, once. */
    @Nullable Claim remembered() {
        Claim claim = remembered;
        remembered = null;
        return claim;
    }

    /** Sends what the client has missed, if anything, and sees to it that it knows then where it is. */
    void goOn(LoggedIn login) {
        recovered = isRecovered(login);
        if (login.goesOn()) {
            return;
        }
        live = true;
        session.replay(login.missed());
        if (session.isReplaying()) {
            sequence = login.position().sequence();
            session.drain();
        } else if (login.cursor() != null) {
            goOnAt(login.position());
        }
    }

    /** Whether the client has everything that it had missed, with this login. */
    boolean isRecovered(LoggedIn login) {
        return login.recovered() || (login.goesOn() && login.resync() == null && recovered);
    }

    /** Where the client will be when it has what is on its way to it; {@code latest} unless it is still behind. */
    String cursor(String latest) {
        String behind = session.replayCursor();
        return behind != null ? behind : latest;
    }

    private void goOnAt(Position position) {
        sequence = Math.max(sequence, position.sequence());
        emitCursor(position.cursor());
    }

    /**
     * Tells a client that gets no events how far it is nevertheless: with its cursor too old, it could not come back. Not
     * while the answer to a login is due: this node may be behind its page, and keep what it dispatches from it by then.
     */
    void refreshCursor() {
        Reached reached = session.loop().reached();
        if (live
                && !held
                && reached != null
                && reached.position().sequence() > sequence
                && !session.isReplaying()
                && usesCursors()) {
            sequence = reached.position().sequence();
            session.sendText(reached.packet());
        }
    }

    private void emitCursor(String cursor) {
        if (joined && usesCursors()) {
            session.sendText(cursorPacket(cursor));
            session.drain();
        }
    }

    /** @param detail what was found and what is expected, where that is the reason; else "" */
    void emitResync(ResyncReason reason, String detail) {
        ObjectNode why = JsonNodeFactory.instance.objectNode().put("reason", reason.word());
        if (!detail.isEmpty()) {
            why.put("detail", detail);
        }
        emit("resync_required", List.of(why));
    }

    /** Clients of protocol 3 do not remember a cursor. */
    private boolean usesCursors() {
        return session.version() == EngineIOVersion.V4;
    }

    /** The one event beside receive_message whose last argument is a string, which is what the client remembers. */
    static byte[] cursorPacket(String cursor) {
        return ("42[\"cursor\",\"" + cursor + "\"]").getBytes(ISO_8859_1);
    }

    /** Runs the step on the session's loop. From any thread; fails if the loop has stopped. */
    void run(Runnable step) {
        session.loop().run(step);
    }

    // ---- the rest, on the session's loop

    boolean isJoined() {
        return joined;
    }

    void join() {
        joined = true;
    }

    /** What is still to be replayed was for the login that ends with it. */
    void leave() {
        joined = false;
        if (live) {
            live = false;
            strangerSince = session.loop().now();
            session.dropReplay();
        }
        acks = null;
        waiting = null;
    }

    /** Since when nobody is logged in, while nobody is. */
    long strangerSince() {
        return strangerSince;
    }

    @Nullable Tenure tenure() {
        return tenure;
    }

    void setTenure(@Nullable Tenure tenure) {
        this.tenure = tenure;
    }

    /** Nobody is logged in any more: the client forgets its cursor. */
    void loggedOut() {
        live = false;
        session.dropReplay();
        emitCursor("");
        tenure = null;
        strangerSince = session.loop().now();
        session.setDeadline();
    }

    boolean isHeld() {
        return held;
    }

    void hold() {
        held = true;
    }

    void release() {
        held = false;
    }

    /** Keeps what came while the socket is held. */
    void keep(Received received) throws ProtocolException {
        Deque<Received> kept = waiting;
        if (kept == null) {
            kept = waiting = new ArrayDeque<>();
        }
        int size = kept.stream().mapToInt(Received::size).sum();
        if (kept.size() == MAX_WAITING || size > session.front().maxPayload()) {
            throw new ProtocolException(SessionEnd.FLOOD, "too much while an answer is due");
        }
        kept.add(received);
    }

    /** The first that was kept, or null. */
    @Nullable Received nextKept() {
        return waiting == null ? null : waiting.poll();
    }

    /** No last argument is a string, which the client would take for its cursor. */
    void emit(String event, List<JsonNode> arguments) {
        emit(event, arguments, SocketPacket.NO_ID);
    }

    /** Emits an event and has the client's answer handed on, if it comes. */
    void emit(String event, List<JsonNode> arguments, Consumer<JsonNode> answered) {
        Map<Long, Consumer<JsonNode>> waiting = acks;
        if (waiting == null) {
            waiting = acks = new HashMap<>();
        }
        if (waiting.size() >= MAX_ACKS) {
            emit(event, arguments);
            return;
        }
        lastAck++;
        waiting.put(lastAck, answered);
        emit(event, arguments, lastAck);
    }

    private void emit(String event, List<JsonNode> arguments, long id) {
        ArrayNode data = JsonNodeFactory.instance.arrayNode().add(event);
        arguments.forEach(data::add);
        send(PacketType.EVENT, id, data);
    }

    void send(PacketType type, long packetId, @Nullable JsonNode data) {
        PacketWriter.write(session, type, namespace, packetId, data);
        session.drain();
    }

    /** An answer has come; one that nobody waits for says nothing. */
    void acknowledged(long packetId, JsonNode values) {
        Consumer<JsonNode> answered = acks == null ? null : acks.remove(packetId);
        if (answered != null) {
            answered.accept(values);
        }
    }
}
