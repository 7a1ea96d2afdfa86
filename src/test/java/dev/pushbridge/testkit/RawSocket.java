package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A TCP connection to this machine that says exactly what it is told to, and reads what comes back, with a bound. */
public final class RawSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;

    private RawSocket(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
    }

    public static RawSocket open(int port) {
        try {
            return new RawSocket(new Socket(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Over a socket that is connected already, such as one of TLS. */
    public static RawSocket over(Socket socket) {
        try {
            return new RawSocket(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public RawSocket send(String text) {
        return send(text.getBytes(ISO_8859_1));
    }

    public RawSocket send(byte... bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Asks for a path; each header is a whole line. The connection stays open. */
    public RawSocket get(String pathAndQuery, String... headers) {
        return request("GET", pathAndQuery, "", headers);
    }

    /** Asks with another method, and a body of ASCII that may be empty. */
    public RawSocket request(String method, String pathAndQuery, String body, String... headers) {
        StringBuilder request = new StringBuilder(method + " " + pathAndQuery + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        if (!body.isEmpty()) {
            request.append("Content-Length: ").append(body.length()).append("\r\n");
        }
        return send(request.append("\r\n").append(body).toString());
    }

    /** Asks to become a WebSocket. */
    public RawSocket upgrade(String pathAndQuery, String... headers) {
        String[] all = new String[headers.length + 4];
        all[0] = "Upgrade: websocket";
        all[1] = "Connection: Upgrade";
        all[2] = "Sec-WebSocket-Version: 13";
        all[3] = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==";
        System.arraycopy(headers, 0, all, 4, headers.length);
        return get(pathAndQuery, all);
    }

    /** The number in the answer's first line, and its headers; 0 if the connection ends instead. Leaves the body unread. */
    public int status() {
        String head = head();
        return head.isEmpty() ? 0 : Integer.parseInt(head.split(" ", 3)[1]);
    }

    /** The next answer's first line and headers, to the blank line; "" if the connection ends instead. */
    public String head() {
        StringBuilder head = new StringBuilder();
        try {
            InputStream in = socket.getInputStream();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    return "";
                }
                head.append((char) next);
            }
        } catch (SocketException reset) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return head.toString();
    }

    /** An answer; its headers by their names in lower case, several of a name joined by a comma. */
    public record Answer(String status, Map<String, String> headers, String body) {}

    /** The next answer, whole. */
    public Answer answer() {
        List<String> lines = head().lines().toList();
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            if (!line.isEmpty()) {
                String[] header = line.split(": *", 2);
                headers.merge(header[0].toLowerCase(Locale.ROOT), header[1], (one, other) -> one + ", " + other);
            }
        }
        String body = read(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Answer(lines.get(0), headers, body);
    }

    /** So many bytes. */
    public String read(int length) {
        try {
            return new String(socket.getInputStream().readNBytes(length), ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything that still comes, to the end of the connection. */
    public String rest() {
        try {
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        } catch (SocketException reset) {
            return "";
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
}
