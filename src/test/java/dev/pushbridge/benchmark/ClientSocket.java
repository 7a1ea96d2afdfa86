package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One client: the WebSocket's handshake, Socket.IO's, the login, which is in the handshake of one that comes back; then it
 * counts. Reads frames by hand, so that thousands of them cost the generator less than the server.
 */
final class ClientSocket extends ByteToMessageDecoder {
    private static final byte[] UPGRADE = """
            GET /socket.io/?EIO=4&transport=websocket HTTP/1.1
            Host: 127.0.0.1
            Connection: Upgrade
            Upgrade: websocket
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

            """.replace("\n", "\r\n").getBytes(US_ASCII);
    private static final byte[] MESSAGE = "42[\"receive_message\",".getBytes(US_ASCII);
    private static final int LINE_FEED = '\n';
    private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]*)\"");
    /** The loop's clients read one after the other, so they share it. */
    private static final byte[] PACKET = new byte[1 << 20];

    private final Clients clients;
    private final int number;
    /** Where the client was before; null if it was not here. */
    private final @Nullable String cursor;

    private boolean upgraded;

    ClientSocket(Clients clients, int number, @Nullable String cursor) {
        this.clients = clients;
        this.number = number;
        this.cursor = cursor;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(Unpooled.wrappedBuffer(UPGRADE));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws IOException {
        if (!clients.isLeaving()) {
            throw new IOException("the server closed connection " + number);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        clients.fail(cause);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (!upgraded) {
            int lineFeed;
            while (!upgraded && (lineFeed = in.bytesBefore((byte) LINE_FEED)) >= 0) {
                upgraded = lineFeed == 1; // the empty line
                in.skipBytes(lineFeed + 1);
            }
        }
        while (upgraded && in.readableBytes() >= 2) {
            int start = in.readerIndex();
            int opcode = in.readByte() & 0xf;
            long length = in.readByte() & 0x7f;
            int more = length == 126 ? 2 : length == 127 ? 8 : 0;
            if (in.readableBytes() >= more && more > 0) {
                length = more == 2 ? in.readUnsignedShort() : in.readLong();
            } else if (more > 0) {
                length = Integer.MAX_VALUE;
            }
            if (in.readableBytes() < length) {
                in.readerIndex(start);
                return;
            }
            in.readBytes(PACKET, 0, (int) length);
            if (opcode == 1) {
                packet(context, (int) length);
            }
        }
    }

    private void packet(ChannelHandlerContext context, int length) {
        switch (PACKET[0]) {
            case '0' -> send(context, "40" + auth());
            case '2' -> send(context, "3");
            case '4' -> message(context, length);
            default -> throw new IllegalStateException("packet " + (char) PACKET[0]);
        }
    }

    private String auth() {
        return cursor == null ? "" : "{\"tokenId\":\"user-" + number + "\",\"offset\":\"" + cursor + "\"}";
    }

    private void message(ChannelHandlerContext context, int length) {
        switch (PACKET[1]) {
            case '0' -> connected(context);
            case '2' -> {
                if (isMessage(length)) {
                    clients.received(PACKET, length);
                }
            }
            case '3' -> clients.loggedIn(context.channel(), number, cursorIn(new String(PACKET, 0, length, US_ASCII)));
            default -> throw new IllegalStateException("message " + (char) PACKET[1]);
        }
    }

    private void connected(ChannelHandlerContext context) {
        if (cursor == null) {
            send(context, "420[\"user_login\",{\"tokenId\":\"user-" + number + "\",\"userId\":\"" + number + "\"}]");
        } else {
            clients.loggedIn(context.channel(), number, cursor);
        }
    }

    /** Of the answer to a login; "" where cursors are off. */
    private static String cursorIn(String answer) {
        Matcher cursor = CURSOR.matcher(answer);
        return cursor.find() ? cursor.group(1) : "";
    }

    /** The bridge has other events too: how far everything is, for those who get nothing. */
    private static boolean isMessage(int length) {
        return length > MESSAGE.length && Arrays.equals(PACKET, 0, MESSAGE.length, MESSAGE, 0, MESSAGE.length);
    }

    /** A masked frame (RFC 6455 section 5.3) whose mask is zero, so that the text stays as it is. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private static void send(ChannelHandlerContext context, String packet) {
        ByteBuf frame = context.alloc().directBuffer(packet.length() + 6);
        frame.writeByte(0x81).writeByte(0x80 | packet.length()).writeInt(0);
        frame.writeCharSequence(packet, US_ASCII);
        context.writeAndFlush(frame);
    }
}
