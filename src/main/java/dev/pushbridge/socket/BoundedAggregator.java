package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import org.jspecify.annotations.Nullable;

/** Puts a request and its body together, up to {@code push.socket.max-payload}; a larger one ends the connection. */
final class BoundedAggregator extends HttpObjectAggregator {
    private final Front front;

    BoundedAggregator(Front front) {
        super(front.maxPayload());
        this.front = front;
    }

    /** A body that will be refused is not asked for; nobody is told to go on with anything else than a body. */
    @Override
    protected @Nullable Object newContinueResponse(HttpMessage start, int maxContentLength, ChannelPipeline pipeline) {
        boolean goesOn = HttpUtil.is100ContinueExpected(start) && !isContentLengthInvalid(start, maxContentLength);
        return goesOn ? super.newContinueResponse(start, maxContentLength, pipeline) : null;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        HttpExchange.last(front, context.channel()).refuse(RequestRefusal.BODY_SIZE);
    }
}
