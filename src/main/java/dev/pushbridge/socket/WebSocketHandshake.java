package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.event.RequestRefusal;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The opening handshake of a WebSocket, the server's half (RFC 6455 section 4.2). */
final class WebSocketHandshake {
    private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketHandshake() {}

    static boolean isAskedForBy(HttpRequest request) {
        return request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /** Why the request opens no WebSocket, or null if it does. */
    static @Nullable RequestRefusal refusalOf(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!request.method().equals(HttpMethod.GET)) {
            return RequestRefusal.METHOD;
        }
        if (!isAskedForBy(request)
                || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || !isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
            return RequestRefusal.BAD_REQUEST;
        }
        return "13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
                ? null
                : RequestRefusal.WEBSOCKET_VERSION;
    }

    private static boolean isKey(@Nullable String key) {
        try {
            return key != null && Base64.getDecoder().decode(key).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The answer that opens the WebSocket; without extensions, which {@link Deflate#agree} may add. */
    static FullHttpResponse accept(HttpRequest request) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(
                        HttpHeaderNames.SEC_WEBSOCKET_ACCEPT,
                        accepted(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "")));
        return response;
    }

    private static String accepted(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + MAGIC).getBytes(US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** Reads frames: masked, in order, none larger than the largest message. */
    static WebSocket13FrameDecoder decoder(int maxPayload) {
        return new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowExtensions(true) // the link knows what was agreed on
                .maxFramePayloadLength(maxPayload)
                .closeOnProtocolViolation(false) // the link closes, with the reason that is counted
                .withUTF8Validator(false) // text is decoded, and so checked, as a whole
                .build());
    }
}
