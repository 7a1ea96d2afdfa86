package dev.pushbridge.socket;

import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The front door: reads the requests of one connection, refuses what is not Engine.IO, and hands the rest to its session.
 *
 * <p>Checks and answers are those of the official server ({@code packages/engine.io/lib/server.ts}, {@code verify} and
 * {@code handleRequest}), stricter where it guesses: a path is the path, {@code EIO} is 3 or 4, and one request waits
 * at a time. A connection that becomes a WebSocket loses this handler, and everything of HTTP with it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class HttpFront extends ChannelInboundHandlerAdapter {
    private final Front front;
    private final Channel channel;
    private final Deadline deadline = new Deadline();
    private final Place place;
    private Loop loop;
    /** The request that waits for its answer. */
    private @Nullable HttpExchange exchange;
    /** Whether the client is in the middle of a request: its first is due from the begin. */
    private boolean requestBegun = true;

    /** Puts HTTP at the end of a new connection's pipeline, and itself behind it. */
    static void addTo(ChannelPipeline pipeline, Front front, Loop loop) {
        HttpFront http = new HttpFront(front, loop, pipeline.channel());
        int headerSize = (int) front.settings().limits().headerSize().toBytes();
        pipeline.addLast(
                http.new FirstByte(),
                new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(headerSize)
                        .setMaxHeaderSize(headerSize)),
                new BoundedAggregator(front),
                http);
    }

    private HttpFront(Front front, Loop loop, Channel channel) {
        this.front = front;
        this.loop = loop;
        this.channel = channel;
        this.place = front.admissions().placeOf(channel);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        loop.wheel().set(deadline, loop.now() + front.requestTimeout());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        loop.wheel().remove(deadline);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof FullHttpRequest request) {
                read(request);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(FullHttpRequest request) {
        if (exchange != null || !channel.isWritable()) {
            // No client sends a request before it has read the answer to the last; the answers would heap up here.
            front.ledger().refused(RequestRefusal.BAD_REQUEST);
            channel.close();
            channel.pipeline().remove(HttpServerCodec.class); // it would go on with what it has read beyond this one
            return;
        }
        boolean readable = request.decoderResult().isSuccess();
        EngineRequest query = readable ? EngineRequest.of(request.uri()) : null;
        loop.wheel().remove(deadline);
        requestBegun = false;
        HttpExchange current = new HttpExchange(
                front,
                channel,
                readable && HttpUtil.isKeepAlive(request),
                front.origins().readerOf(request.headers(), query == null ? EngineIOVersion.UNKNOWN : query.version()),
                this::answered);
        exchange = current;
        RequestRefusal refusal = readable
                ? serve(request, query, current)
                : reasonOf(request.decoderResult().cause());
        if (refusal != null) {
            current.refuse(refusal);
        }
    }

    private static RequestRefusal reasonOf(Throwable unreadable) {
        return unreadable instanceof TooLongHttpHeaderException || unreadable instanceof TooLongHttpLineException
                ? RequestRefusal.HEADER_SIZE
                : RequestRefusal.BAD_REQUEST;
    }

    private @Nullable RequestRefusal serve(
            FullHttpRequest request, @Nullable EngineRequest query, HttpExchange current) {
        if (!place.take(request.headers())) {
            return RequestRefusal.ADDRESS;
        }
        if (query == null) {
            return RequestRefusal.BAD_REQUEST;
        }
        Endpoint endpoint = front.endpoint(query.path());
        if (endpoint == null) {
            return RequestRefusal.PATH;
        }
        if (!front.origins().allow(request.headers())) {
            return RequestRefusal.ORIGIN;
        }
        if (request.method().equals(HttpMethod.OPTIONS)) {
            current.answerPreflight(request.headers());
            return null;
        }
        Transport transport = query.transport();
        if (transport == null) {
            return RequestRefusal.TRANSPORT;
        }
        return transport == Transport.WEBSOCKET
                ? webSocket(request, query, endpoint)
                : polling(request, query, endpoint, current);
    }

    // ---- polling

    private @Nullable RequestRefusal polling(
            FullHttpRequest request, EngineRequest query, Endpoint endpoint, HttpExchange current) {
        if (WebSocketHandshake.isAskedForBy(request)) {
            return RequestRefusal.TRANSPORT;
        }
        if (query.isJsonp()) {
            return RequestRefusal.JSONP;
        }
        String sid = query.sid();
        return sid == null ? begin(request, query, endpoint, current) : goOn(request, sid, endpoint, current);
    }

    private @Nullable RequestRefusal begin(
            FullHttpRequest request, EngineRequest query, Endpoint endpoint, HttpExchange current) {
        if (!request.method().equals(HttpMethod.GET)) {
            return RequestRefusal.METHOD;
        }
        RequestRefusal refusal = handshakeRefusal(query);
        if (refusal == null) {
            PollingCodec codec = PollingCodec.of(query.version(), query.supportsBinary());
            new PollingLink(front, loop, handshake(query, endpoint), codec).begin(current);
        }
        return refusal;
    }

    private @Nullable RequestRefusal goOn(
            FullHttpRequest request, String sid, Endpoint endpoint, HttpExchange current) {
        EngineSession session = front.sessions().get(sid);
        if (session == null || !session.endpoint().equals(endpoint)) {
            return RequestRefusal.SID;
        }
        if (request.method().equals(HttpMethod.GET)) {
            return hop(session, () -> onPolling(session, current, link -> link.get(current)));
        }
        if (!request.method().equals(HttpMethod.POST)) {
            return RequestRefusal.METHOD;
        }
        ByteBuf body = request.content().retain();
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        RequestRefusal refusal = hop(session, () -> {
            try {
                onPolling(session, current, link -> link.post(current, body, type));
            } finally {
                body.release();
            }
        });
        if (refusal != null) {
            body.release();
        }
        return refusal;
    }

    /** Takes the step on the session's loop, which may have stopped before this one; then it is not taken. */
    private @Nullable RequestRefusal hop(EngineSession session, Runnable step) {
        if (session.loop() == loop) {
            step.run();
            return null;
        }
        try {
            session.loop().executor().execute(step);
            return null;
        } catch (RejectedExecutionException stopped) {
            return RequestRefusal.STOPPING;
        }
    }

    /** On the session's loop. By now it may have gone over to a WebSocket. */
    private static void onPolling(EngineSession session, HttpExchange current, Consumer<PollingLink> step) {
        if (session.link() instanceof PollingLink polling) {
            step.accept(polling);
        } else {
            current.refuse(RequestRefusal.TRANSPORT);
        }
    }

    private @Nullable RequestRefusal handshakeRefusal(EngineRequest query) {
        EngineIOVersion version = query.version();
        if (version != EngineIOVersion.V3 && version != EngineIOVersion.V4) {
            return RequestRefusal.VERSION;
        }
        return front.admissions().handshake(place.client());
    }

    private Handshake handshake(EngineRequest query, Endpoint endpoint) {
        return new Handshake(endpoint, query.version(), place.client());
    }

    /** The connection may bring the next request. On its loop. */
    private void answered(HttpExchange done) {
        if (exchange == done) {
            exchange = null;
            place.leave();
            loop.wheel().set(deadline, loop.now() + front.keepAliveTimeout());
        }
    }

    // ---- WebSocket

    private @Nullable RequestRefusal webSocket(FullHttpRequest request, EngineRequest query, Endpoint endpoint) {
        RequestRefusal refusal = WebSocketHandshake.refusalOf(request);
        if (refusal != null) {
            return refusal;
        }
        String sid = query.sid();
        if (sid != null) {
            return upgrade(request, sid, endpoint);
        }
        refusal = handshakeRefusal(query);
        if (refusal == null) {
            become(
                    accept(request),
                    new WebSocketLink(channel, Goodbye.to(request.headers()), front, loop, handshake(query, endpoint)));
        }
        return refusal;
    }

    private @Nullable RequestRefusal upgrade(FullHttpRequest request, String sid, Endpoint endpoint) {
        FullHttpResponse accepted = accept(request);
        Goodbye goodbye = Goodbye.to(request.headers());
        EngineSession session = front.sessions().get(sid);
        if (session == null || !session.endpoint().equals(endpoint)) {
            openAndClose(accepted, RequestRefusal.SID);
            return null;
        }
        moveTo(session.loop(), () -> {
            if (session.link() instanceof PollingLink polling && polling.beginUpgrade()) {
                become(accepted, new WebSocketLink(channel, goodbye, session));
            } else {
                openAndClose(accepted, RequestRefusal.TRANSPORT);
            }
        });
        return null;
    }

    /** From here on the connection is this client's WebSocket; who closes it on the way to another loop is not told of here. */
    private FullHttpResponse accept(FullHttpRequest request) {
        place.keep();
        FullHttpResponse accepted = WebSocketHandshake.accept(request);
        if (front.settings().compression()) {
            Deflate.agree(request.headers(), accepted.headers());
        }
        return accepted;
    }

    /**
     * Refuses an upgrade by a close frame, as the official server does where the session has gone over already: what the
     * answer to a failed handshake says, no browser shows.
     */
    private void openAndClose(FullHttpResponse accepted, RequestRefusal reason) {
        front.ledger().refused(reason);
        exchange = null;
        channel.write(accepted);
        channel.pipeline().remove(HttpServerCodec.class);
        ByteBuf frame = channel.alloc().directBuffer();
        WebSocketFraming.close(frame, SessionEnd.PROTOCOL.closeCode(), reason.word());
        channel.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Brings this connection to the loop of the session that it is to carry.
     *
     * <p>The other way, a session whose WebSocket is on another loop, would cost a hop for every message in and out, and
     * for all clients that begin with polling, which is the clients' default. Netty moves a channel between loops by
     * deregistering and registering it. It is safe here: nothing has been written since the request came, the client
     * sends nothing before it has its answer, and our one deadline is off the old loop's wheel.
     */
    private void moveTo(Loop home, Runnable then) {
        if (loop == home) {
            then.run();
            return;
        }
        channel.deregister()
                .addListener(gone -> home.executor().register(channel).addListener(moved -> {
                    if (moved.isSuccess()) {
                        home.run(() -> {
                            loop = home;
                            then.run();
                        });
                    } else {
                        channel.close();
                    }
                }));
    }

    /** Takes HTTP off the connection and puts the WebSocket on. */
    private void become(FullHttpResponse accepted, WebSocketLink link) {
        exchange = null;
        if (Deflate.isAgreed(accepted.headers())) {
            link.deflate();
        }
        ChannelPipeline pipeline = channel.pipeline();
        channel.write(accepted);
        pipeline.addLast(WebSocketHandshake.decoder(front.maxPayload()), link);
        pipeline.remove(this);
        pipeline.remove(FirstByte.class);
        pipeline.remove(BoundedAggregator.class);
        HttpServerCodec codec = pipeline.get(HttpServerCodec.class);
        codec.removeOutboundHandler(); // it has the answer, and takes no frames
        link.begin(); // its first packet leaves in one piece with the answer
        pipeline.remove(codec); // hands on what it has read beyond the request
        channel.flush();
    }

    // ---- end

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        HttpExchange current = exchange;
        exchange = null;
        place.leave();
        if (current != null) {
            current.abandoned();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            front.ledger().refused(RequestRefusal.TLS);
        } else if (!(cause instanceof IOException || cause instanceof PrematureChannelClosureException)) {
            front.ledger().fault("reading a request", cause);
        }
        channel.close();
    }

    /** In front of the decoder of HTTP: the next request has begun with its first byte, and has its time from there on. */
    private final class FirstByte extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (!requestBegun && exchange == null) {
                requestBegun = true;
                loop.wheel().set(deadline, loop.now() + front.requestTimeout());
            }
            context.fireChannelRead(bytes);
        }
    }

    /** For the next complete request. */
    private final class Deadline extends Wheel.Entry {
        @Override
        void due() {
            if (requestBegun) {
                HttpExchange.last(front, channel).refuse(RequestRefusal.TIMEOUT);
            }
            channel.close();
        }
    }
}
