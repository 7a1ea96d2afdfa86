package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.replay.Cursor;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads pids: what a client gets with its CONNECT, keeps, and shows with the next one, so that any node with the
 * same keys knows which session it was (connection state recovery, {@code socket.io-client/lib/socket.ts}, {@code _pid}).
 *
 * <p>A pid says which public id the session had, a digest of the token that it was logged in with, if any, and where the
 * client was to begin with. It logs nobody in: who shows one still says the token. As text it is URL-safe Base64 of: a
 * version; when it was made, in seconds since 1970 (5 bytes); a random number (8), or two of one second would be the
 * same; the id (15); the token's digest (16), or zeros; the cursor; a signature (16). Digest and signature are HMAC-SHA256
 * (RFC 2104), cut to half as section 5 there allows. Thread-safe.
 */
final class Pids {
    private static final byte VERSION = 1;
    private static final int ID_BYTES = 15;
    private static final int DIGEST_BYTES = 16;
    private static final int NONCE_BYTES = 8;
    private static final int HEAD_BYTES = 1 + 5 + NONCE_BYTES + ID_BYTES + DIGEST_BYTES;
    /** What is longer is not read: the cursor of some thousand partitions. */
    private static final int MAX_CHARS = 16 << 10;

    private static final byte[] NO_TOKEN = new byte[DIGEST_BYTES];

    private final List<SecretKeySpec> keys;
    private final Duration lifetime;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** @param keys the first signs, all are good */
    Pids(List<byte[]> keys, Duration lifetime, Clock clock) {
        this.keys =
                keys.stream().map(key -> new SecretKeySpec(key, "HmacSHA256")).toList();
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /**
     * A pid that was signed with one of the keys and is not too old.
     *
     * @param id of the session
     * @param begin where the client was when it got the pid, or null if nobody knew
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared but by isOf
    record Pid(String text, String id, @Nullable Cursor begin, byte[] digest, SecretKeySpec key) {
        /** Whether the session was logged in with this token when it got its pid. */
        boolean isOf(String token) {
            return MessageDigest.isEqual(digest, digestOf(token, key));
        }
    }

    /**
     * Makes a pid.
     *
     * @param token that the session is logged in with, or null
     * @param begin the client's cursor, or "" if nobody knows
     */
    @SuppressWarnings("ByteBufferBackingArray") // allocated here
    String newPid(String id, @Nullable String token, String begin) {
        byte[] cursor = Base64.getUrlDecoder().decode(begin);
        ByteBuffer pid = ByteBuffer.allocate(HEAD_BYTES + cursor.length + DIGEST_BYTES);
        long second = clock.instant().getEpochSecond();
        pid.put(VERSION).put((byte) (second >>> 32)).putInt((int) second).putLong(random.nextLong());
        pid.put(Base64.getUrlDecoder().decode(id));
        pid.put(token == null ? NO_TOKEN : digestOf(token, keys.get(0)));
        pid.put(cursor);
        pid.put(signature(pid.array(), keys.get(0)));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(pid.array());
    }

    /** Null for anything that is not a pid of ours, or is too old. */
    @Nullable Pid read(String text) {
        if (text.length() > MAX_CHARS) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException broken) {
            return null;
        }
        if (bytes.length < HEAD_BYTES + DIGEST_BYTES || bytes[0] != VERSION) {
            return null;
        }
        byte[] signature = Arrays.copyOfRange(bytes, bytes.length - DIGEST_BYTES, bytes.length);
        for (SecretKeySpec key : keys) {
            if (MessageDigest.isEqual(signature, signature(bytes, key))) {
                return read(text, ByteBuffer.wrap(bytes), key);
            }
        }
        return null;
    }

    private @Nullable Pid read(String text, ByteBuffer pid, SecretKeySpec key) {
        pid.get();
        long second = ((pid.get() & 0xffL) << 32) | (pid.getInt() & 0xffff_ffffL);
        if (second + lifetime.toSeconds() < clock.instant().getEpochSecond()) {
            return null;
        }
        pid.position(pid.position() + NONCE_BYTES);
        byte[] id = new byte[ID_BYTES];
        byte[] digest = new byte[DIGEST_BYTES];
        byte[] cursor = new byte[pid.remaining() - ID_BYTES - 2 * DIGEST_BYTES];
        pid.get(id).get(digest).get(cursor);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return new Pid(
                text,
                base64.encodeToString(id),
                cursor.length == 0 ? null : Cursor.of(base64.encodeToString(cursor)),
                digest,
                key);
    }

    /** Of everything before the place of the signature. */
    private static byte[] signature(byte[] pid, SecretKeySpec key) {
        return hmac(key, (byte) 's', Arrays.copyOf(pid, pid.length - DIGEST_BYTES));
    }

    private static byte[] digestOf(String token, SecretKeySpec key) {
        return hmac(key, (byte) 't', token.getBytes(UTF_8));
    }

    private static byte[] hmac(SecretKeySpec key, byte purpose, byte[] content) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(purpose);
            return Arrays.copyOf(mac.doFinal(content), DIGEST_BYTES);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has HmacSHA256", e);
        }
    }
}
