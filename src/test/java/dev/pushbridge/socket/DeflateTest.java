package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** permessage-deflate: what is agreed on, and what comes through; the stock clients are in {@code ClientsIT}. */
final class DeflateTest {
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private final Deflate deflate = new Deflate();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            permessage-deflate                                                   | true
            permessage-deflate; client_max_window_bits                           | true
            permessage-deflate; client_max_window_bits=10                        | true
            permessage-deflate; server_no_context_takeover                       | true
            permessage-deflate; server_max_window_bits=10                        | false
            permessage-deflate; server_max_window_bits=10, permessage-deflate    | true
            permessage-deflate; something_new                                    | false
            x-webkit-deflate-frame                                               | false
                                                                                 | false
            """)
    void offerIsTakenIfItCanBeKept(@Nullable String offer, boolean taken) {
        HttpHeaders request = new DefaultHttpHeaders();
        if (offer != null) {
            request.set("Sec-WebSocket-Extensions", offer);
        }
        HttpHeaders answer = new DefaultHttpHeaders();

        Deflate.agree(request, answer);

        assertThat(Deflate.isAgreed(answer)).isEqualTo(taken);
        assertThat(answer.get("Sec-WebSocket-Extensions"))
                .isEqualTo(taken ? "permessage-deflate; server_no_context_takeover; client_no_context_takeover" : null);
    }

    /** Of all sizes about those of the buffers, and of all kinds from one letter to noise. */
    @Test
    void everyMessageComesThroughByItself() throws ProtocolException {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            byte[] message = new byte[random.nextInt(40_000)];
            int letters = 1 + random.nextInt(256);
            for (int i = 0; i < message.length; i++) {
                message[i] = (byte) random.nextInt(letters);
            }
            ByteBuf plain = deflate.inflate(compressed(message), message.length, ALLOCATOR);
            assertThat(plain).as("seed %d", seed).isEqualTo(Unpooled.wrappedBuffer(message));
            assertThat(plain.release()).isTrue();
        }
    }

    @Test
    void textShrinks() {
        byte[] message =
                "{\"actor\":{\"id\":\"7\",\"name\":\"Ben\"}}".repeat(100).getBytes(UTF_8);
        assertThat(compressed(message).readableBytes()).isLessThan(message.length / 10);
    }

    @Test
    void messageThatWouldBeTooLargeIsNeverMade() throws ProtocolException {
        byte[] zeros = new byte[100_000_000];
        ByteBuf bomb = compressed(zeros);
        assertThat(bomb.readableBytes()).isLessThan(1_000_000);
        assertThatThrownBy(() -> deflate.inflate(bomb, 128 << 10, ALLOCATOR))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.end()).isEqualTo(SessionEnd.TOO_LARGE));
        assertThatThrownBy(() -> deflate.inflate(compressed(new byte[1001]), 1000, ALLOCATOR))
                .isInstanceOf(ProtocolException.class);
        // And the next message is none the worse for it.
        ByteBuf next = deflate.inflate(compressed(new byte[1000]), 1000, ALLOCATOR);
        assertThat(next.readableBytes()).isEqualTo(1000);
        assertThat(next.release()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"not deflated at all", "\u00ff\u00ff\u00ff", "\u0007"})
    void messageThatIsNotCompressedAsItSaysEndsTheSession(String message) {
        assertThatThrownBy(() -> deflate.inflate(Unpooled.wrappedBuffer(message.getBytes(ISO_8859_1)), 1000, ALLOCATOR))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.end()).isEqualTo(SessionEnd.PROTOCOL));
    }

    /** The payload of the frame, whose header says final, compressed, text. */
    private ByteBuf compressed(byte[] message) {
        ByteBuf frame = deflate.frame(message, ALLOCATOR);
        try {
            assertThat(frame.readUnsignedByte()).isEqualTo((short) 0xC1);
            int length = frame.readUnsignedByte();
            if (length == 126) {
                length = frame.readUnsignedShort();
            } else if (length == 127) {
                length = (int) frame.readLong();
            }
            assertThat(frame.readableBytes()).isEqualTo(length);
            return Unpooled.wrappedBuffer(ByteBufUtil.getBytes(frame));
        } finally {
            frame.release();
        }
    }
}
