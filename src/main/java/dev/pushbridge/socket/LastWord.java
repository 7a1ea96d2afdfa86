package dev.pushbridge.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection behind its last answer in stages (RFC 9112 section 9.6): a client that is still sending, such as a
 * body that is refused, would have its connection reset by a plain close, and lose the answer with it. What it still
 * sends is thrown away until it closes, for at most {@link #LINGER_MILLIS}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class LastWord implements ChannelFutureListener {
    static final LastWord INSTANCE = new LastWord();

    private static final int LINGER_MILLIS = 1000;

    private LastWord() {}

    @Override
    public void operationComplete(ChannelFuture written) {
        Channel channel = written.channel();
        // Over TLS half a connection cannot be closed: the client would miss the end of the stream.
        if (written.isSuccess()
                && channel instanceof DuplexChannel duplex
                && channel.pipeline().get(SslHandler.class) == null) {
            channel.pipeline().addFirst(new Discard());
            duplex.shutdownOutput();
            channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            channel.close();
        }
    }

    private static final class Discard extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
