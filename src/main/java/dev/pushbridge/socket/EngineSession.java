package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Missed;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * One Engine.IO session: the conversation with one client, whatever link it travels on.
 *
 * <p>Protocol: {@code docs/engine.io-protocol} v3.md and v4-current.md of socketio/socket.io. Lives on its {@link Loop}.
 *
 * <p>An idle session is this object, its link and its conversation: no timer, no queue, nothing of the request that
 * opened it. Tens of thousands of them are what a node is for.
 */
final class EngineSession extends Wheel.Entry {
    private static final byte[] PING = {'2'};
    private static final byte[] PONG = {'3'};
    /** Bytes of what a client has missed that are put in one slice, one packet over. */
    private static final int REPLAY_BYTES = 64 << 10;

    private final Front front;
    private final Loop loop;
    private final Endpoint endpoint;
    private final EngineIOVersion version;
    /** Whose it is, for the limit per address; null where there is none. */
    private final @Nullable InetAddress client;

    private final Conversation conversation;
    private final long openedMillis;
    private Link link;
    private State state = State.OPEN;
    /** The key to polling and to the upgrade, a secret; null when neither is possible any more. */
    private @Nullable String sid;

    private @Nullable Backlog backlog;
    /** Bytes that wait to leave: those of the backlog, and those that the link took from it and still has. */
    private long unsentBytes;
    /** Deliveries that are to be written: in the backlog, held, or with Netty; but not what is still missed. */
    private int unwritten;
    /** Deliveries that were written and may each be acknowledged by a packet that is not counted. */
    private int acknowledgeable;
    /** A delivery that is followed, and how many are to be written until it is; null for none. */
    private Journey.@Nullable Leg leg;

    private int unwrittenOfLeg;
    /** What the client has missed and is still to be sent, before any delivery. */
    private @Nullable Missed missed;
    /** Deliveries that wait for the last of it. */
    private @Nullable Backlog held;
    /** Protocol 4: when the next ping is due, or the pong to the last. Protocol 3: when the next ping is overdue. */
    private long heartbeatMillis;

    private boolean opened;
    private boolean pongAwaited;
    /**
     * Whether anything has left since the last ping, or in protocol 3 since the last pong. If not even that has, who answers
     * it, or pings again, has not heard it: that is no sign of life, or its backlog would be kept for ever.
     */
    private boolean reading;

    private int packetsInSecond;
    private long second;

    private enum State {
        OPEN,
        /** Over, but the client may still be told. */
        ENDED,
        GONE
    }

    EngineSession(Front front, Loop loop, Handshake handshake, Link link) {
        this.front = front;
        this.loop = loop;
        this.endpoint = handshake.endpoint();
        this.version = handshake.version();
        this.client = handshake.client();
        this.link = link;
        this.openedMillis = loop.now();
        this.conversation = endpoint.application().apply(this);
        loop.sessionOpened();
    }

    /** Sends the handshake and begins the heartbeat, once. */
    void open() {
        if (opened || state != State.OPEN) {
            return;
        }
        opened = true;
        String id = loop.newId();
        if (link.transport() == Transport.POLLING) {
            sid = id;
            front.sessions().put(id, this);
        }
        heartbeatMillis =
                version == EngineIOVersion.V4 ? openedMillis + front.pingInterval() : openedMillis + front.patience();
        sendText(front.openPacket(id, link.transport()));
        conversation.opened();
        setDeadline();
        drain();
    }

    Loop loop() {
        return loop;
    }

    Front front() {
        return front;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    Conversation conversation() {
        return conversation;
    }

    Link link() {
        return link;
    }

    EngineIOVersion version() {
        return version;
    }

    long openedMillis() {
        return openedMillis;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether the session is over by the clock, even if the wheel has not come round to it. */
    boolean isOverdue() {
        return state == State.OPEN && pongAwaitedOrSilent() && loop.now() >= heartbeatMillis;
    }

    // ---- in

    /** Takes a packet that came as text: its type, and its data behind it. */
    void received(String packet) {
        if (state != State.OPEN) {
            return;
        }
        try {
            if (ensureOpen()) {
                countPacket();
                receive(packet);
            }
        } catch (ProtocolException broken) {
            end(broken.end());
        } catch (RuntimeException e) {
            fault("reading a packet", e);
        }
    }

    /** Takes a binary message. */
    void receivedBinary(byte[] message) {
        if (state != State.OPEN) {
            return;
        }
        try {
            if (ensureOpen()) {
                countPacket();
                conversation.binary(message);
            }
        } catch (ProtocolException broken) {
            end(broken.end());
        } catch (RuntimeException e) {
            fault("reading a packet", e);
        }
    }

    /** In protocol 3 the handshake may not have been sent yet to a client that does not wait for it; it goes first. */
    private boolean ensureOpen() {
        open();
        return state == State.OPEN;
    }

    private void receive(String packet) throws ProtocolException {
        switch (packet.isEmpty() ? ' ' : packet.charAt(0)) {
            case '1' -> end(SessionEnd.CLIENT_CLOSE);
            case '2' -> pinged(packet);
            case '3' -> ponged();
            case '4' -> conversation.text(packet.substring(1));
            // "upgrade" without an upgrade and "noop" say nothing; the official server lets them pass too.
            case '5', '6' -> {}
            default -> throw new ProtocolException("unknown packet type");
        }
    }

    /** In protocol 3 the client pings, and the pong carries the same data (v3.md, "2 ping"). */
    private void pinged(String packet) throws ProtocolException {
        if (version != EngineIOVersion.V3) {
            throw new ProtocolException("ping from a client of protocol 4");
        }
        if (reading) {
            reading = false;
            heartbeatMillis = loop.now() + front.patience();
        }
        sendText(packet.length() == 1 ? PONG : ("3" + packet.substring(1)).getBytes(UTF_8));
        drain();
    }

    /** In protocol 4 the server pings (v4-current.md, "Heartbeat"). */
    private void ponged() throws ProtocolException {
        if (version != EngineIOVersion.V4) {
            throw new ProtocolException("pong from a client of protocol 3");
        }
        if (pongAwaited) {
            pongAwaited = false;
            heartbeatMillis = loop.now() + front.pingInterval();
            setDeadline();
        }
    }

    void countPacket() throws ProtocolException {
        int limit = front.packetsPerSecond();
        if (limit == 0) {
            return;
        }
        long now = loop.now() / 1000;
        if (now != second) {
            second = now;
            packetsInSecond = 0;
        }
        if (++packetsInSecond > limit) {
            throw new ProtocolException(SessionEnd.FLOOD, "too many packets");
        }
    }

    // ---- out

    /** Takes an event's frame; {@link #drain} sends it. */
    void deliver(Frame frame) {
        if (state != State.OPEN) {
            loop.deliveries(DeliveryOutcome.CLOSED, 1);
            return;
        }
        try {
            Packet packet = shared(frame);
            DeliveryOutcome refused = missed == null ? add(packet) : hold(packet);
            if (refused == null) {
                unwritten++;
            } else {
                loop.deliveries(refused, 1);
            }
        } catch (RuntimeException | Error e) {
            loop.deliveries(DeliveryOutcome.CLOSED, 1);
            fault("taking a delivery", e);
        }
    }

    /** Deliveries that were handed to the session and are not written, or were not when it ended. */
    int unwritten() {
        return unwritten + (missed == null ? 0 : missed.remaining());
    }

    /** A client of protocol 3 is not of a generation that has a use for the cursor. */
    private Packet shared(Frame frame) {
        return version == EngineIOVersion.V3 ? loop.deliveryWithoutCursor(frame) : loop.delivery(frame);
    }

    /** Of an event that was missed, whose frame nobody else gets. */
    private Packet own(Frame frame) {
        byte[] bytes = version == EngineIOVersion.V3 ? frame.packetWithoutCursor() : frame.packet();
        return new Packet(Packet.Kind.DELIVERY, bytes);
    }

    /**
     * Takes what the client has missed; {@link #drain} sends it, a slice whenever the link has nothing else to send. What
     * is delivered meanwhile waits behind it.
     */
    void replay(Missed missing) {
        dropReplay();
        if (state != State.OPEN) {
            loop.deliveries(DeliveryOutcome.CLOSED, missing.remaining());
        } else if (missing.remaining() > 0) {
            missed = missing;
        }
    }

    /** Whether not everything is sent that the client had missed. */
    boolean isReplaying() {
        return missed != null;
    }

    /** The cursor of what was sent of it last, or null if all of it was. */
    @Nullable String replayCursor() {
        return missed == null ? null : missed.cursor();
    }

    /** Drops what is not sent of it, and what waits behind it: the login that it was for is over. */
    void dropReplay() {
        dropReplay(DeliveryOutcome.CLOSED);
    }

    private void dropReplay(DeliveryOutcome outcome) {
        if (missed != null) {
            loop.deliveries(outcome, missed.remaining());
            missed = null;
        }
        if (held != null) {
            if (state == State.OPEN) {
                unwritten -= held.deliveries();
            }
            dropped(held, outcome);
            held = null;
        }
    }

    /** Keeps a delivery back, within the bounds. Over them the session ends, and what becomes of the delivery comes back. */
    private @Nullable DeliveryOutcome hold(Packet packet) {
        Backlog behind = held;
        if (behind == null) {
            behind = held = new Backlog();
        } else if (behind.size() >= front.backlogPackets()
                || unsentBytes + packet.length() > front.backlogBytes()
                || front.loops().isOverBound(packet.growth())) {
            end(SessionEnd.SLOW);
            return DeliveryOutcome.SLOW;
        }
        keep(packet, behind);
        return null;
    }

    /** Who takes what was missed so slowly would keep it in memory that it is in the window no more. */
    private boolean endsIfLeftBehind() {
        boolean isLeftBehind = missed != null && missed.isLeftBehind();
        if (isLeftBehind) {
            end(SessionEnd.SLOW);
        }
        return isLeftBehind;
    }

    /** Puts a slice of what was missed where the link finds it, and with the last what waits behind it. */
    private void replaySlice(Missed missing) {
        Backlog waiting = backlog;
        if (waiting == null) {
            waiting = backlog = loop.takeBacklog();
        }
        do {
            keep(own(missing.next()), waiting);
            unwritten++;
        } while (missing.remaining() > 0
                && waiting.bytes() < REPLAY_BYTES
                && unsentBytes < front.backlogBytes() / 2
                && waiting.size() < front.backlogPackets() / 2);
        if (missing.remaining() == 0) {
            missed = null;
            Backlog behind = held;
            held = null;
            while (behind != null && !behind.isEmpty()) {
                waiting.add(behind.take());
            }
        }
    }

    /** Takes an Engine.IO packet; {@link #drain} sends it. */
    void sendText(byte[] packet) {
        if (state == State.OPEN) {
            add(new Packet(Packet.Kind.TEXT, packet));
        }
    }

    /** Takes a binary message; {@link #drain} sends it. */
    void sendBinary(byte[] message) {
        if (state == State.OPEN) {
            add(new Packet(Packet.Kind.BINARY, message));
        }
    }

    /** Sends what can be sent. What cannot stays in the backlog until the link calls again. */
    void drain() {
        if ((backlog == null && missed == null) || state != State.OPEN) {
            return;
        }
        try {
            link.drain();
        } catch (RuntimeException | Error e) {
            fault("sending", e);
        }
        if (backlog != null && backlog.isEmpty()) {
            loop.giveBack(backlog);
            backlog = null;
        }
    }

    /** For the link. */
    boolean hasBacklog() {
        if (missed != null && (backlog == null || backlog.isEmpty()) && !endsIfLeftBehind()) {
            replaySlice(missed);
        }
        return backlog != null && !backlog.isEmpty();
    }

    /** What waits. The link takes out what it sends before it sends it, because sending may end the session. */
    Backlog waiting() {
        return requireNonNull(backlog);
    }

    /** Says that what the link took from the backlog has left, or never will; it has let go of the packets. */
    void departed(int deliveries, long bytes, DeliveryOutcome outcome) {
        unsentBytes -= bytes;
        loop.deliveries(outcome, deliveries);
        if (outcome == DeliveryOutcome.WRITTEN) {
            written(deliveries);
        }
    }

    /** The client takes what it is sent. */
    void reads() {
        reading = true;
    }

    /** Counts what is written, and tells the followed delivery. */
    private void written(int deliveries) {
        reads();
        unwritten -= deliveries;
        acknowledgeable += deliveries;
        Journey.Leg followed = leg;
        if (followed != null && (unwrittenOfLeg -= deliveries) <= 0) {
            leg = null;
            followed.written();
        }
    }

    /** Whether the delivery that was added last can be followed: one at a time is. */
    boolean canFollow() {
        return leg == null && state == State.OPEN;
    }

    /** Follows the delivery that was added last. */
    void follow(Journey.Leg followed) {
        leg = followed;
        unwrittenOfLeg = unwritten();
    }

    /**
     * An acknowledgement has come. One for each delivery is not counted by {@code packets-per-second}: a client that was
     * sent much is no flood.
     */
    void acknowledged() {
        if (acknowledgeable > 0) {
            acknowledgeable--;
            packetsInSecond--;
        }
    }

    /** Adds a packet within the bounds. Over them the session ends, and what becomes of a delivery comes back. */
    private @Nullable DeliveryOutcome add(Packet packet) {
        if (isOverBound(packet)) {
            drain(); // a batch may hold more than the bound for a client that is not slow at all
            if (state != State.OPEN) {
                return DeliveryOutcome.CLOSED; // sending has failed
            }
            // What a ready link has left, amid a replay, waits for the loop's next turn, and not for the client.
            if (link.isReady() ? isOverOwnBound(packet) : isOverBound(packet)) {
                end(SessionEnd.SLOW);
                return DeliveryOutcome.SLOW;
            }
        }
        Backlog waiting = backlog;
        if (waiting == null) {
            waiting = backlog = loop.takeBacklog();
        }
        keep(packet, waiting);
        return null;
    }

    private void keep(Packet packet, Backlog where) {
        packet.hold(loop);
        where.add(packet);
        unsentBytes += packet.length();
    }

    /** A client that takes what it gets may be sent anything: bounds are for what would have to wait. */
    private boolean isOverBound(Packet packet) {
        Backlog waiting = backlog;
        if (waiting == null || waiting.isEmpty()) {
            // Asked in this order: the link is far away in memory, and thousands of others were looked at since.
            return front.loops().isOverBound(packet.growth()) && !link.isReady();
        }
        return isOverOwnBound(packet) || front.loops().isOverBound(packet.growth());
    }

    private boolean isOverOwnBound(Packet packet) {
        Backlog waiting = backlog;
        return waiting != null
                && !waiting.isEmpty()
                && (waiting.size() >= front.backlogPackets() || unsentBytes + packet.length() > front.backlogBytes());
    }

    // ---- time

    /** The wheel has let go of the session: after a fault nothing would remind of it. */
    @Override
    void due() {
        if (state == State.ENDED) {
            gone();
            return;
        }
        try {
            mind();
        } catch (RuntimeException | Error e) {
            fault("minding a session", e);
        }
    }

    private void mind() {
        long now = loop.now();
        if (now >= heartbeatMillis) {
            heartbeat(now);
        }
        SessionEnd overdue = state == State.OPEN ? conversation.overdue(now) : null;
        if (overdue != null) {
            end(overdue);
        }
        if (state == State.OPEN && !endsIfLeftBehind()) {
            setDeadline();
        }
    }

    private void heartbeat(long now) {
        if (pongAwaitedOrSilent() || !reading) {
            end(SessionEnd.PING_TIMEOUT);
            return;
        }
        reading = false;
        // A ping that leaves much too late, because the loop was held up, gives the client its full time.
        boolean punctual = now - heartbeatMillis <= front.pingTimeout() / 4;
        heartbeatMillis = (punctual ? heartbeatMillis : now) + front.pingTimeout();
        pongAwaited = true;
        sendText(PING);
        conversation.pinged();
        drain();
    }

    private boolean pongAwaitedOrSilent() {
        return pongAwaited || version == EngineIOVersion.V3;
    }

    /** Looks at the deadlines again: one of them is another one. */
    void setDeadline() {
        if (state == State.OPEN) {
            loop.wheel().set(this, Math.min(heartbeatMillis, conversation.deadline()));
        }
    }

    // ---- upgrade and end

    /** Goes on over a WebSocket: what waited for a poll leaves there, and polling is over (v4-current.md, "Upgrade"). */
    void upgradeTo(Link webSocket) {
        forgetSid();
        link.drop();
        link = webSocket;
        drain();
    }

    void fault(String doing, Throwable fault) {
        front.ledger().fault(doing, fault);
        end(SessionEnd.INTERNAL);
    }

    /** Ends the session, once. */
    void end(SessionEnd end) {
        if (state != State.OPEN) {
            return;
        }
        unwritten = unwritten();
        state = State.ENDED;
        loop.sessionEnded();
        front.admissions().sessionEnded(client);
        front.ledger().ended(end);
        dropBacklog(end == SessionEnd.SLOW ? DeliveryOutcome.SLOW : DeliveryOutcome.CLOSED);
        int wait = sayGoodbye(end);
        if (wait == 0) {
            gone();
        } else {
            loop.wheel().set(this, loop.now() + wait);
        }
    }

    /** Returns how long the client may take to hear it. A fault, as when no memory is left, may not leave the link open. */
    private int sayGoodbye(SessionEnd end) {
        try {
            conversation.ended(end);
            return link.close(end);
        } catch (RuntimeException | Error e) {
            front.ledger().fault("ending a session", e);
            return 0;
        }
    }

    /** The link has closed: nothing more can be said. */
    void linkLost(SessionEnd end) {
        end(end);
        gone();
    }

    private void gone() {
        if (state != State.GONE) {
            state = State.GONE;
            forgetSid();
            loop.wheel().remove(this);
            link.drop();
        }
    }

    private void forgetSid() {
        if (sid != null) {
            front.sessions().remove(sid);
            sid = null;
        }
    }

    private void dropBacklog(DeliveryOutcome outcome) {
        dropReplay(outcome);
        Backlog waiting = backlog;
        if (waiting != null) {
            dropped(waiting, outcome);
            backlog = null;
        }
    }

    private void dropped(Backlog waiting, DeliveryOutcome outcome) {
        int deliveries = waiting.deliveries();
        long bytes = waiting.bytes();
        waiting.letGo(loop);
        departed(deliveries, bytes, outcome);
    }
}
