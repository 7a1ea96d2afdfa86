package dev.pushbridge.socket;

import dev.pushbridge.event.RequestRefusal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.ProtocolDetectionState;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * First in the pipeline of a trusted proxy's connection: takes the PROXY protocol's header off, if it begins with one
 * (<a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The PROXY protocol</a>, versions 1 and 2), and
 * tells {@link Admissions} whose connection it is.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class ProxyHeader extends ByteToMessageDecoder {
    private final Front front;

    ProxyHeader(Front front) {
        this.front = front;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        ProtocolDetectionState found = HAProxyMessageDecoder.detectProtocol(in).state();
        if (found == ProtocolDetectionState.NEEDS_MORE_DATA) {
            return;
        }
        if (found == ProtocolDetectionState.DETECTED) {
            context.pipeline()
                    .addAfter(context.name(), null, new Reader())
                    .addAfter(context.name(), null, new HAProxyMessageDecoder());
        }
        context.pipeline().remove(this); // and hands on what it has read
    }

    private final class Reader extends SimpleChannelInboundHandler<HAProxyMessage> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, HAProxyMessage header) throws UnknownHostException {
            context.pipeline().remove(this);
            // None for a connection of the proxy's own, such as a health check.
            byte[] client = header.sourceAddress() == null
                    ? null
                    : NetUtil.createByteArrayFromIpAddressString(header.sourceAddress());
            RequestRefusal refusal = client == null
                    ? null
                    : front.admissions().speaksFor(context.channel(), InetAddress.getByAddress(client));
            if (refusal != null) {
                front.ledger().refused(refusal);
                context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable malformed) {
            front.ledger().refused(RequestRefusal.BAD_REQUEST);
            context.close();
        }
    }
}
