package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection that says whatever a test likes, and shows what comes back: HTTP answers, WebSocket frames, the end.
 * Every wait is bounded. A client of the stock kind is {@link Wire}.
 */
final class Raw implements AutoCloseable {
    static final String POLLING = "/socket.io/?EIO=4&transport=polling";
    static final String WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";
    /** What {@link #next} shows of a connection that has closed. */
    static final String END = "<end>";
    /** What {@link #next} shows when nothing came in time. */
    static final String NOTHING = "<nothing>";

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private Duration patience = PATIENCE;
    private boolean webSocket;

    /** An HTTP answer; header names in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {}

    private Raw(int port, int receiveBytes) {
        try {
            socket = new Socket();
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Raw to(int port) {
        return new Raw(port, 0);
    }

    /** A connection whose kernel takes little of what it does not read. */
    static Raw lazyTo(int port) {
        return new Raw(port, 4096);
    }

    /** Asks for a WebSocket, which the answer must grant. */
    static Raw webSocket(int port, String target, String... headers) {
        Raw raw = to(port);
        assertThat(raw.upgrade(target, headers).status()).isEqualTo(101);
        return raw;
    }

    /** A WebSocket in the namespace {@code /}. */
    static Raw connected(int port) {
        Raw raw = webSocket(port, WEBSOCKET);
        assertThat(raw.next()).startsWith("0{");
        assertThat(raw.text("40").next()).startsWith("40");
        return raw;
    }

    /** One request on a connection of its own. */
    static Answer ask(int port, String method, String target, String... headers) {
        try (Raw raw = to(port)) {
            return raw.request(method, target, "", headers).answer();
        }
    }

    /** One request with a body on a connection of its own. */
    static Answer post(int port, String target, String body, String... headers) {
        try (Raw raw = to(port)) {
            return raw.request("POST", target, body, headers).answer();
        }
    }

    /** Begins a session that polls, and gives the rest of its URL: {@code &sid=…}. */
    static String poller(int port) {
        Answer open = ask(port, "GET", POLLING);
        assertThat(open.body()).startsWith("0{\"sid\":\"");
        return "&sid=" + idIn(open.body());
    }

    static String idIn(String packet) {
        String id = packet.replaceFirst("(?s).*?\"sid\":\"([^\"]+)\".*", "$1");
        assertThat(id).as("the id in %s", packet).isNotEqualTo(packet);
        return id;
    }

    /** How long reading may wait from here on. */
    Raw patience(Duration patience) {
        this.patience = patience;
        return this;
    }

    // ---- out

    Raw send(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Raw send(String latin1) {
        return send(latin1.getBytes(ISO_8859_1));
    }

    /** Sends as long as the other side takes it; false if it closed the connection. */
    boolean sendIfOpen(String latin1) {
        try {
            send(latin1);
            return true;
        } catch (UncheckedIOException closed) {
            return false;
        }
    }

    /** Sends a request and does not wait for the answer. Headers are whole lines. */
    Raw request(String method, String target, String body, String... headers) {
        byte[] content = body.getBytes(UTF_8);
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        head.append("Content-Length: ").append(content.length).append("\r\n\r\n");
        return send(head.toString()).send(content);
    }

    Answer upgrade(String target, String... headers) {
        return upgradeAnd("", target, headers);
    }

    /** Sends more behind the request, in one piece with it. */
    Answer upgradeAnd(String latin1, String target, String... headers) {
        Answer answer = send(upgradeRequest(target, headers) + latin1).answer();
        webSocket = answer.status() == 101;
        return answer;
    }

    static String upgradeRequest(String target, String... headers) {
        StringBuilder head =
                new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                        + "Connection: Upgrade\r\nSec-WebSocket-Key: " + KEY + "\r\n");
        boolean ownVersion = false;
        for (String header : headers) {
            head.append(header).append("\r\n");
            ownVersion |= header.startsWith("Sec-WebSocket-Version");
        }
        return head.append(ownVersion ? "\r\n" : "Sec-WebSocket-Version: 13\r\n\r\n")
                .toString();
    }

    Raw text(String packet) {
        return frame(0x81, packet.getBytes(UTF_8));
    }

    Raw binary(byte[] message) {
        return frame(0x82, message);
    }

    /** A frame as a client sends it, masked; {@code first} has the bits and the opcode (RFC 6455 section 5.2). */
    Raw frame(int first, byte[] payload) {
        return send(frameBytes(first, payload));
    }

    static byte[] frameBytes(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | (payload.length < 0x10000 ? 126 : 127));
            for (int shift = payload.length < 0x10000 ? 8 : 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) payload.length >> shift));
            }
        }
        byte[] mask = {1, 2, 3, 4};
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i % 4]);
        }
        return frame.toByteArray();
    }

    /** The payload of a compressed message, as permessage-deflate has it (RFC 7692 section 7.2.1). */
    static byte[] deflated(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater, 512, true)) {
            out.write(text.getBytes(UTF_8));
            out.flush();
            byte[] all = bytes.toByteArray();
            return Arrays.copyOf(all, all.length - 4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
    }

    /** Sends a text frame; false if the other side has closed the connection. */
    boolean sendFrameIfOpen(String packet) {
        return sendIfOpen(new String(frameBytes(0x81, packet.getBytes(UTF_8)), ISO_8859_1));
    }

    // ---- in

    /** The next HTTP answer; fails if there is none. */
    Answer answer() {
        Answer answer = answerIfAny();
        assertThat(answer).as("an answer within %s", patience).isNotNull();
        return requireNonNull(answer);
    }

    /** The next HTTP answer, or null if the connection closed or nothing came in time. */
    @Nullable Answer answerIfAny() {
        try {
            setPatience();
            String status = line();
            Map<String, String> headers = new TreeMap<>();
            for (String header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).trim());
            }
            byte[] body = exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
            return new Answer(Integer.parseInt(status.split(" ", 3)[1]), headers, new String(body, UTF_8));
        } catch (IOException closedOrLate) {
            return null;
        }
    }

    /** Whether something has come that was not read. */
    boolean hasAnswer() throws IOException {
        return in.available() > 0;
    }

    /**
     * The next of a WebSocket: text as it is, other frames as {@code <close 1002 protocol>}, {@code <pong hex>} or
     * {@code <hex>}; Engine.IO's pings are answered and not shown, and neither are cursors.
     */
    String next() {
        String next = frame();
        while (next.equals("2") || next.startsWith("42[\"cursor\",")) {
            if (next.equals("2")) {
                text("3");
            }
            next = frame();
        }
        return next;
    }

    /** Reads on until something of a WebSocket has the words in it; false if nothing more comes. */
    boolean hears(String words) {
        String next = next();
        while (!next.contains(words) && !next.equals(END) && !next.equals(NOTHING)) {
            next = next();
        }
        return next.contains(words);
    }

    /** The next of a WebSocket as it is, pings of Engine.IO too. */
    String frame() {
        try {
            setPatience();
            int opcode = in.read() & 0xFF;
            if (opcode == 0xFF) {
                return END;
            }
            int length = exactly(1)[0];
            if (length >= 126) {
                int bytes = length == 126 ? 2 : 8;
                length = 0;
                for (byte b : exactly(bytes)) {
                    length = length << 8 | (b & 0xFF);
                }
            }
            return shown(opcode & 0xF, exactly(length));
        } catch (SocketTimeoutException e) {
            return NOTHING;
        } catch (IOException reset) {
            return END;
        }
    }

    private static String shown(int opcode, byte[] payload) {
        return switch (opcode) {
            case 1 -> new String(payload, UTF_8);
            case 8 ->
                "<close " + ((payload[0] & 0xFF) << 8 | (payload[1] & 0xFF)) + " "
                        + new String(payload, 2, payload.length - 2, UTF_8) + ">";
            case 10 -> "<pong " + HexFormat.of().formatHex(payload) + ">";
            default -> "<" + HexFormat.of().formatHex(payload) + ">";
        };
    }

    /** Reads on until the other side closes the connection; false if it does not in time. Answers a close frame. */
    boolean isClosed() {
        if (webSocket) {
            String next = frame();
            while (!next.equals(END) && !next.equals(NOTHING)) {
                if (next.startsWith("<close")) {
                    sendIfOpen(new String(frameBytes(0x88, new byte[0]), ISO_8859_1));
                }
                next = frame();
            }
            return next.equals(END);
        }
        try {
            setPatience();
            long until = System.nanoTime() + patience.toNanos();
            while (in.read() >= 0) {
                if (System.nanoTime() > until) {
                    return false;
                }
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    /** Cuts the connection with a reset instead of a farewell. */
    void reset() {
        if (socket.isClosed()) {
            return;
        }
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void setPatience() throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    private byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException();
        }
        return bytes;
    }
}
