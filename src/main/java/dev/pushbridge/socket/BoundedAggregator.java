package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Puts a request and its body together, up to {@code push.socket.max-payload}; a larger one ends the connection. */
final class BoundedAggregator extends HttpObjectAggregator {
    private final Front front;

    BoundedAggregator(Front front) {
        super(front.maxPayload());
        this.front = front;
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        front.ledger().refused(RequestRefusal.BODY_SIZE);
        HttpExchange.last(front, context.channel()).refuse(RequestRefusal.BODY_SIZE);
    }
}
