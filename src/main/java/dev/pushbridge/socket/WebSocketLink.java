package dev.pushbridge.socket;

import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.socket.Packet.SharedFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's packets on a WebSocket: one packet, one message (v4-current.md, "WebSocket").
 *
 * <p>Frames come in from Netty's decoder. They go out as bytes that we have framed: what waits for the socket is put
 * into one buffer and one write, with one flush for all writes of a turn. When the socket takes no more, the rest stays
 * in the session's bounded backlog, and not in Netty, until the channel is writable again.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class WebSocketLink extends ChannelInboundHandlerAdapter implements Link {
    /** Bytes that one write puts together. */
    private static final int WRITE_BYTES = 32 << 10;
    /** Bytes of what a client has missed that are sent in one turn of the loop, one flush over: some hundred microseconds. */
    private static final int TURN_BYTES = 512 << 10;
    /** How long a client may take to answer a close frame before the connection is closed (RFC 6455 section 7.1.1). */
    private static final int CLOSE_MILLIS = 1000;

    /**
     * Programs of protocol 3, its official test suite among them, begin to listen when the WebSocket is open, and would
     * miss a handshake that comes in one piece with the answer to the HTTP request.
     */
    private static final int V3_OPEN_MILLIS = 2;

    private final Channel channel;
    private final Goodbye goodbye;
    private final EngineSession session;
    /** The change from polling to this WebSocket, while it lasts. */
    private @Nullable Upgrade upgrade;
    /** What came so far of a message in several frames. */
    private @Nullable Fragments fragments;

    private boolean deflating;
    private boolean draining;
    /** Whether the rest of a replay waits for the loop's next turn. */
    private boolean resting;

    private boolean abandoned;

    /** A WebSocket that a session begins with. */
    WebSocketLink(Channel channel, Goodbye goodbye, Front front, Loop loop, Handshake handshake) {
        this.channel = channel;
        this.goodbye = goodbye;
        this.session = new EngineSession(front, loop, handshake, this);
    }

    /** A WebSocket that a session may go over to. */
    WebSocketLink(Channel channel, Goodbye goodbye, EngineSession session) {
        this.channel = channel;
        this.goodbye = goodbye;
        this.session = session;
        this.upgrade = new Upgrade(session, this);
    }

    /** Compresses, and takes what is compressed: the handshake has agreed on {@link Deflate}. */
    void deflate() {
        deflating = true;
    }

    /** The connection is a WebSocket now; the answer to the request is written, and leaves with what is written here. */
    void begin() {
        if (upgrade != null) {
            upgrade.begin();
        } else if (session.version() == EngineIOVersion.V3) {
            session.loop().executor().schedule(session::open, V3_OPEN_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            session.open();
        }
    }

    @Override
    public Transport transport() {
        return Transport.WEBSOCKET;
    }

    /** The session is on this WebSocket now. */
    void upgraded() {
        upgrade = null;
    }

    /** The session stays on polling; what still comes here is nobody's. */
    void abandon(SessionEnd why) {
        upgrade = null;
        abandoned = true;
        close(why);
        drop();
    }

    // ---- in

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof WebSocketFrame frame && !abandoned) {
                read(frame);
            }
        } catch (ProtocolException broken) {
            fail(broken.end());
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(WebSocketFrame frame) throws ProtocolException {
        if (frame.rsv() != 0 && !isDeflated(frame)) {
            throw new ProtocolException("reserved bits of a frame");
        }
        if (frame instanceof PingWebSocketFrame) {
            answerPing(frame.content());
        } else if (frame instanceof CloseWebSocketFrame) {
            fail(SessionEnd.CLIENT_CLOSE);
            channel.close();
        } else if (frame instanceof PongWebSocketFrame) {
            session.countPacket(); // unasked for; RFC 6455 section 5.5.3 allows it
        } else if (frame.isFinalFragment() && fragments == null) {
            message(frame.content(), Kind.of(frame));
        } else {
            fragment(frame);
        }
    }

    /** The first reserved bit of a message's first frame, where that was agreed on (RFC 7692 section 6). */
    private boolean isDeflated(WebSocketFrame frame) {
        return deflating
                && frame.rsv() == Kind.DEFLATED_BIT
                && (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame);
    }

    private void fragment(WebSocketFrame frame) throws ProtocolException {
        if (!frame.isFinalFragment()) {
            session.countPacket(); // they may be empty, and without end
        }
        if (fragments == null) {
            fragments = new Fragments(channel.alloc().buffer(), Kind.of(frame));
        }
        Fragments all = fragments;
        if (all.bytes().readableBytes() + frame.content().readableBytes()
                > session.front().maxPayload()) {
            throw new ProtocolException(SessionEnd.TOO_LARGE, "message too large");
        }
        all.bytes().writeBytes(frame.content());
        if (frame.isFinalFragment()) {
            fragments = null;
            try {
                message(all.bytes(), all.kind());
            } finally {
                all.bytes().release();
            }
        }
    }

    private void message(ByteBuf content, Kind kind) throws ProtocolException {
        if (!kind.isDeflated()) {
            plainMessage(content, kind);
            return;
        }
        ByteBuf plain =
                session.loop().deflate().inflate(content, session.front().maxPayload(), channel.alloc());
        try {
            plainMessage(plain, kind);
        } finally {
            plain.release();
        }
    }

    private void plainMessage(ByteBuf content, Kind kind) throws ProtocolException {
        if (upgrade != null) {
            upgrade.received(kind.isText() ? Text.decode(content) : "");
        } else if (kind.isText()) {
            session.received(Text.decode(content));
        } else {
            session.receivedBinary(binary(content));
        }
    }

    /** Protocol 3 puts the packet's type before the data, protocol 4 nothing (v3.md, "Packet"). */
    private byte[] binary(ByteBuf content) throws ProtocolException {
        if (session.version() == EngineIOVersion.V3 && (!content.isReadable() || content.readByte() != 4)) {
            throw new ProtocolException("binary packet that is not a message");
        }
        return ByteBufUtil.getBytes(content);
    }

    /** A client that does not read its pongs gets no more of them. */
    private void answerPing(ByteBuf data) throws ProtocolException {
        session.countPacket();
        if (channel.isWritable()) {
            ByteBuf pong = channel.alloc().directBuffer(WebSocketFraming.frameSize(data.readableBytes()));
            WebSocketFraming.pong(pong, data);
            channel.writeAndFlush(pong);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        dropFragments();
        if (upgrade != null) {
            fail(SessionEnd.CONNECTION_LOST);
        } else if (!abandoned) {
            session.linkLost(SessionEnd.CONNECTION_LOST);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            fail(endFor(corrupted.closeStatus()));
        } else if (cause instanceof DecoderException) {
            fail(SessionEnd.PROTOCOL);
        } else if (cause instanceof IOException) {
            fail(SessionEnd.CONNECTION_LOST);
            channel.close();
        } else {
            session.front().ledger().fault("reading a WebSocket", cause);
            fail(SessionEnd.INTERNAL);
        }
    }

    private static SessionEnd endFor(WebSocketCloseStatus status) {
        return status.equals(WebSocketCloseStatus.MESSAGE_TOO_BIG) ? SessionEnd.TOO_LARGE : SessionEnd.PROTOCOL;
    }

    /** Ends what this WebSocket carries: the session, or only the attempt to go over to it. */
    private void fail(SessionEnd end) {
        Upgrade attempt = upgrade;
        if (attempt != null) {
            attempt.fail(end);
        } else if (!abandoned) {
            session.end(end);
        }
    }

    // ---- out

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable() && upgrade == null && !abandoned) {
            session.drain();
        }
    }

    @Override
    public boolean isReady() {
        return channel.isWritable();
    }

    @Override
    public void drain() {
        if (draining || resting) {
            return; // it goes on by itself: a flush below made the channel writable, or the next turn is waited for
        }
        draining = true;
        int written = 0;
        try {
            while (!resting && session.hasBacklog() && channel.isWritable()) {
                while (session.hasBacklog() && channel.isWritable()) {
                    written += write(session.waiting());
                }
                channel.flush();
                if (written > TURN_BYTES && session.isReplaying()) {
                    rest();
                }
            }
        } finally {
            draining = false;
        }
    }

    /** Goes on in the loop's next turn: before a task that is to run in no time, it looks at its tasks and its sockets. */
    private void rest() {
        resting = true;
        session.loop().executor().schedule(this::goOn, 0, TimeUnit.MILLISECONDS);
    }

    private void goOn() {
        resting = false;
        session.drain();
    }

    /** Writes the first packets of the backlog: as many as fit into one buffer, at least one. Returns their bytes. */
    private int write(Backlog backlog) {
        if (isAlone(backlog.packet(0))) {
            return writeAlone(backlog);
        }
        int count = 0;
        int size = 0;
        do {
            size += WebSocketFraming.frameSize(backlog.packet(count).length() + 1);
            count++;
        } while (count < backlog.size() && size < WRITE_BYTES && !isAlone(backlog.packet(count)));
        ByteBuf out = channel.alloc().directBuffer(size);
        Loop loop = session.loop();
        int deliveries = 0;
        int bytes = 0;
        for (int i = 0; i < count; i++) {
            Packet packet = backlog.take();
            deliveries += packet.deliveries();
            bytes += packet.length();
            frame(out, packet);
            packet.letGo(loop);
        }
        loop.queued(bytes);
        channel.write(out).addListener(new Departure(session, deliveries, bytes));
        return bytes;
    }

    /** Whether the packet leaves in a frame that it may share with other sockets, or that is compressed. */
    private boolean isAlone(Packet packet) {
        return switch (packet.kind()) {
            case DELIVERY -> packet.length() >= (deflating ? Deflate.WORTHWHILE : Packet.LARGE);
            case TEXT -> deflating && packet.length() >= Deflate.WORTHWHILE;
            case BINARY -> false;
        };
    }

    private int writeAlone(Backlog backlog) {
        Packet packet = backlog.packet(0);
        Loop loop = session.loop();
        SharedFrame frame =
                deflating ? packet.deflatedFrame(loop, channel.alloc()) : packet.frame(loop, channel.alloc());
        backlog.take().letGo(loop);
        int copied = session.front().isEncrypted() ? frame.length() : 0;
        loop.queued(copied);
        channel.write(frame.forOne())
                .addListener(new SharedDeparture(session, packet.deliveries(), packet.length(), frame, copied));
        return packet.length();
    }

    private void frame(ByteBuf out, Packet packet) {
        if (packet.kind() != Packet.Kind.BINARY) {
            WebSocketFraming.text(out, packet.bytes());
        } else if (session.version() == EngineIOVersion.V3) {
            WebSocketFraming.binaryWithType(out, packet.bytes());
        } else {
            WebSocketFraming.binary(out, packet.bytes());
        }
    }

    /** Sends one packet past the backlog: the upgrade's answers. */
    void sendNow(byte[] packet) {
        channel.writeAndFlush(WebSocketFraming.textFrame(packet, channel.alloc()));
    }

    // ---- end

    @Override
    public int close(SessionEnd end) {
        if (end == SessionEnd.CONNECTION_LOST || !channel.isActive()) {
            return 0;
        }
        if (goodbye == Goodbye.END && end != SessionEnd.CLIENT_CLOSE) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(ChannelFutureListener.CLOSE); // behind what is on its way
        } else {
            ByteBuf frame = channel.alloc().directBuffer(64);
            WebSocketFraming.close(frame, end.closeCode(), end.word());
            channel.writeAndFlush(frame);
        }
        return CLOSE_MILLIS;
    }

    @Override
    public void drop() {
        dropFragments();
        channel.close();
    }

    private void dropFragments() {
        if (fragments != null) {
            fragments.bytes().release();
            fragments = null;
        }
    }

    /** What a message's first frame says of it. */
    private record Kind(boolean isText, boolean isDeflated) {
        static final int DEFLATED_BIT = 4;

        static Kind of(WebSocketFrame first) {
            return new Kind(first instanceof TextWebSocketFrame, first.rsv() == DEFLATED_BIT);
        }
    }

    private record Fragments(ByteBuf bytes, Kind kind) {}

    /** Says when packets that were copied into one write have left. */
    private record Departure(EngineSession session, int deliveries, int bytes) implements ChannelFutureListener {
        @Override
        public void operationComplete(ChannelFuture written) {
            session.loop().queued(-bytes);
            session.departed(deliveries, bytes, outcome(written));
        }
    }

    /**
     * Says when a packet has left whose frame others may have before them.
     *
     * @param copied bytes that are this socket's own nevertheless
     */
    private record SharedDeparture(EngineSession session, int deliveries, int bytes, SharedFrame frame, int copied)
            implements ChannelFutureListener {
        @Override
        public void operationComplete(ChannelFuture written) {
            session.loop().queued(-copied);
            frame.letGo(session.loop());
            session.departed(deliveries, bytes, outcome(written));
        }
    }

    private static DeliveryOutcome outcome(ChannelFuture written) {
        return written.isSuccess() ? DeliveryOutcome.WRITTEN : DeliveryOutcome.CLOSED;
    }
}
