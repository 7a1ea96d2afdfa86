package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.RequestRefusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request that waits for its answer: what is left of it once it is understood. May be answered from any
 * thread, once.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class HttpExchange {
    static final String TEXT = "text/plain; charset=UTF-8";
    static final String BINARY = "application/octet-stream";
    /** As the official server answers a POST, so that old browsers do not offer the answer as a download. */
    static final String HTML = "text/html";

    private static final String JSON = "application/json";

    private final Front front;
    private final Channel channel;
    private final Consumer<HttpExchange> answered;
    private final boolean keepAlive;
    /** The origin that may read the answer, as {@link Origins#readerOf} has it. */
    private final @Nullable String reader;
    /** Who wants to know when the client goes away before it is answered. */
    private volatile @Nullable Runnable onAbandoned;

    private volatile boolean abandoned;

    /** {@code answered} hears, on the connection's loop, that the answer is on its way. */
    HttpExchange(
            Front front, Channel channel, boolean keepAlive, @Nullable String reader, Consumer<HttpExchange> answered) {
        this.front = front;
        this.channel = channel;
        this.answered = answered;
        this.keepAlive = keepAlive;
        this.reader = reader;
    }

    /** A request that could not be read to its end; its answer is the connection's last. */
    static HttpExchange last(Front front, Channel channel) {
        return new HttpExchange(front, channel, false, null, answered -> {});
    }

    /**
     * Has {@code step} run if the client goes away before it is answered, or has gone already: the session may be on
     * another loop than the connection. It may run twice.
     */
    void onAbandoned(Runnable step) {
        onAbandoned = step;
        if (abandoned) {
            step.run();
        }
    }

    void abandoned() {
        abandoned = true;
        Runnable step = onAbandoned;
        if (step != null) {
            step.run();
        }
    }

    void answer(String contentType, ByteBuf body) {
        answer(HttpResponseStatus.OK, contentType, body, null);
    }

    /** The listener hears, on the connection's loop, whether the answer was written. */
    void answer(String contentType, ByteBuf body, ChannelFutureListener written) {
        answer(HttpResponseStatus.OK, contentType, body, written);
    }

    /** Says no, as the official server says it: {@code {"code":…,"message":…}}; and counts it. */
    void refuse(RequestRefusal reason) {
        front.ledger().refused(reason);
        String body = "{\"code\":" + reason.code() + ",\"message\":\"" + reason.message() + "\"}";
        answer(HttpResponseStatus.valueOf(reason.status()), JSON, Unpooled.wrappedBuffer(body.getBytes(UTF_8)), null);
    }

    /** Answers a preflight (204, no content). */
    void answerPreflight(HttpHeaders request) {
        FullHttpResponse response = response(HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
        Origins.addPreflightTo(response.headers(), request);
        send(response, null);
    }

    private void answer(
            HttpResponseStatus status, String contentType, ByteBuf body, @Nullable ChannelFutureListener written) {
        FullHttpResponse response = response(status, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        send(response, written);
    }

    private FullHttpResponse response(HttpResponseStatus status, ByteBuf body) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        HttpHeaders headers = response.headers();
        headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        HttpUtil.setKeepAlive(response, keepAlive);
        headers.set("X-Content-Type-Options", "nosniff");
        front.origins().addTo(headers, reader);
        return response;
    }

    private void send(FullHttpResponse response, @Nullable ChannelFutureListener written) {
        if (channel.eventLoop().inEventLoop()) {
            write(response, written);
        } else {
            channel.eventLoop().execute(() -> write(response, written));
        }
    }

    private void write(FullHttpResponse response, @Nullable ChannelFutureListener written) {
        answered.accept(this);
        ChannelFuture future = channel.writeAndFlush(response);
        if (written != null) {
            future.addListener(written);
        }
        if (!keepAlive) {
            future.addListener(LastWord.INSTANCE);
        }
    }
}
