package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.ByteBuf;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;

/** Reads text that a client sent, and takes nothing for text that is not. */
final class Text {
    private Text() {}

    static String decode(ByteBuf utf8) throws ProtocolException {
        try {
            return UTF_8.newDecoder().decode(utf8.nioBuffer()).toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException(SessionEnd.NOT_UTF8, "text is not UTF-8");
        }
    }

    /** The Java client breaks its base64 into lines. */
    static byte[] base64(String text) throws ProtocolException {
        try {
            return Base64.getDecoder().decode(text.replace("\n", ""));
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("binary packet is not base64");
        }
    }

    /** A decimal number without sign, of at most {@code maxDigits} digits; -1 if it is none. */
    static long number(String text, int from, int to, int maxDigits) {
        if (to <= from || to - from > maxDigits) {
            return -1;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
