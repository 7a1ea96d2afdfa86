package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.corundumstudio.socketio.Transport;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's packets in HTTP requests: GET waits for packets, POST brings them (v4-current.md, "HTTP long-polling").
 *
 * <p>There is at most one poll. It is answered as soon as anything is to be sent, with as much of the backlog as fits
 * into one answer; what comes until the next poll waits in the session's bounded backlog.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class PollingLink implements Link {
    private static final byte[] CLOSE = {'1'};
    private static final byte[] NOOP = {'6'};
    private static final byte[] OK = "ok".getBytes(US_ASCII);
    /** Bytes of packets that one answer takes, one packet over. */
    private static final int ANSWER_BYTES = 1 << 20;
    /** How long a poll waits for the end of an upgrade before a noop sends it back. */
    private static final int NOOP_MILLIS = 50;
    /** How long a poll may still come after the client's close: the two requests race on two connections. */
    private static final int CLOSE_MILLIS = 500;

    private final EngineSession session;
    private final PollingCodec codec;
    private @Nullable HttpExchange poll;
    private boolean upgrading;
    private boolean probed;
    private boolean closedByClient;

    PollingLink(Front front, Loop loop, Handshake handshake, PollingCodec codec) {
        this.session = new EngineSession(front, loop, handshake, this);
        this.codec = codec;
    }

    /** Begins the session; its handshake answers the request. */
    void begin(HttpExchange handshake) {
        waitFor(handshake);
        session.open();
    }

    @Override
    public Transport transport() {
        return Transport.POLLING;
    }

    // ---- in

    /** A poll has come. */
    void get(HttpExchange exchange) {
        if (closedByClient) {
            answer(exchange, NOOP);
            session.linkLost(SessionEnd.CLIENT_CLOSE);
        } else if (!session.isOpen() || session.isOverdue()) {
            exchange.refuse(RequestRefusal.SID);
        } else if (poll != null) {
            session.end(SessionEnd.POLL_OVERLAP);
            exchange.refuse(RequestRefusal.OVERLAP);
        } else {
            waitFor(exchange);
            session.drain();
            if (probed && poll == exchange) {
                session.loop().executor().schedule(() -> sendBack(exchange), NOOP_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Packets have come. */
    void post(HttpExchange exchange, ByteBuf body, String contentType) {
        if (!session.isOpen() || session.isOverdue()) {
            exchange.refuse(RequestRefusal.SID);
            return;
        }
        try {
            codec.decode(body, contentType, session);
        } catch (ProtocolException broken) {
            session.end(broken.end());
        }
        if (session.isOpen() || closedByClient) {
            exchange.answer(HttpExchange.HTML, Unpooled.wrappedBuffer(OK));
        } else {
            exchange.refuse(RequestRefusal.PAYLOAD);
        }
    }

    private void waitFor(HttpExchange exchange) {
        poll = exchange;
        exchange.onAbandoned(() -> session.loop().run(() -> abandoned(exchange)));
    }

    private void abandoned(HttpExchange exchange) {
        if (poll == exchange) {
            poll = null;
            session.linkLost(SessionEnd.CONNECTION_LOST);
        }
    }

    // ---- out

    @Override
    public boolean isReady() {
        return poll != null;
    }

    @Override
    public void drain() {
        HttpExchange exchange = poll;
        if (exchange == null || !session.hasBacklog()) {
            return;
        }
        Backlog backlog = session.waiting();
        int count = 0;
        long bytes = 0;
        int deliveries = 0;
        do {
            deliveries += backlog.packet(count).deliveries();
            bytes += backlog.packet(count).length();
            count++;
        } while (count < backlog.size() && bytes < ANSWER_BYTES);
        ByteBuf body = Unpooled.buffer();
        String contentType = codec.encode(backlog, count, body);
        for (int i = 0; i < count; i++) {
            backlog.take().letGo(session.loop());
        }
        session.loop().queued(bytes);
        poll = null;
        session.reads(); // its answer to a ping may overtake the word that the ping has left, on another loop
        exchange.answer(contentType, body, departure(deliveries, bytes));
    }

    /** The connection of the poll may be on another loop; the session's books are on this one. */
    private ChannelFutureListener departure(int deliveries, long bytes) {
        return written -> session.loop().run(() -> {
            session.loop().queued(-bytes);
            if (written.isSuccess()) {
                session.departed(deliveries, bytes, DeliveryOutcome.WRITTEN);
            } else {
                session.departed(deliveries, bytes, DeliveryOutcome.CLOSED);
                session.linkLost(SessionEnd.CONNECTION_LOST); // or it would go on with a hole in it
            }
        });
    }

    private void answer(HttpExchange exchange, byte[] packet) {
        Backlog alone = new Backlog();
        alone.add(new Packet(Packet.Kind.TEXT, packet));
        ByteBuf body = Unpooled.buffer();
        String contentType = codec.encode(alone, 1, body);
        exchange.answer(contentType, body);
    }

    // ---- upgrade

    /** Takes a WebSocket for an upgrade, unless one is at it. */
    boolean beginUpgrade() {
        if (upgrading || !session.isOpen()) {
            return false;
        }
        upgrading = true;
        return true;
    }

    /** The probe has come: the client waits for its poll to come back. */
    void probed() {
        probed = true;
        HttpExchange exchange = poll;
        if (exchange != null) {
            sendBack(exchange);
        }
    }

    boolean isProbed() {
        return probed;
    }

    void upgradeFailed() {
        upgrading = false;
        probed = false;
    }

    private void sendBack(HttpExchange exchange) {
        if (poll == exchange) {
            poll = null;
            answer(exchange, NOOP);
        }
    }

    // ---- end

    @Override
    public int close(SessionEnd end) {
        closedByClient = end == SessionEnd.CLIENT_CLOSE;
        HttpExchange exchange = poll;
        poll = null;
        if (exchange != null) {
            answer(exchange, end == SessionEnd.CLIENT_CLOSE ? NOOP : CLOSE);
            return 0;
        }
        return closedByClient ? CLOSE_MILLIS : 0;
    }

    /** A poll that comes while the client goes over to a WebSocket has come too late. */
    @Override
    public void drop() {
        HttpExchange exchange = poll;
        poll = null;
        if (exchange != null) {
            exchange.refuse(RequestRefusal.TRANSPORT);
        }
    }
}
