package dev.pushbridge.socket;

import static dev.pushbridge.socket.HostileCase.Stock.FAILS;
import static dev.pushbridge.socket.HostileCase.Stock.HOLDS;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Sending what is no protocol, or too much of it. */
@SuppressWarnings("ImmutableEnumChecker") // the checks are lambdas that hold nothing
enum BadInputCase implements HostileCase {
    PACKET_OF_NO_TYPE(FAILS, target -> closes(target, "4abc")),
    PACKET_THAT_IS_NO_JSON(FAILS, target -> closes(target, "42[\"user_login\",{")),
    ACK_ID_WITH_LETTERS(FAILS, target -> closes(target, "42abc[\"user_login\",{}]")),

    TEXT_THAT_IS_NOT_UTF8(FAILS, target -> {
        try (Raw raw = target.connected()) {
            return raw.frame(0x81, new byte[] {'4', '2', '[', '"', (byte) 0xC0, '"', ']'})
                    .isClosed();
        }
    }),

    BINARY_THAT_BELONGS_TO_NOTHING(FAILS, target -> {
        try (Raw raw = target.connected()) {
            return raw.binary(new byte[] {0, 1, 2, 3}).isClosed();
        }
    }),

    /** One line for all of it, and nothing of what was sent. */
    BAD_PACKETS_FILL_THE_LOG(FAILS, target -> {
        try (Logs logs = Logs.taken()) {
            for (int i = 0; i < 50; i++) {
                try (Raw raw = target.connected().patience(Duration.ofMillis(20))) {
                    raw.text("42[\"user_login\",{\"tokenId\":\"a secret\"").isClosed();
                }
            }
            return logs.lines().size() <= 50 && logs.lines().stream().noneMatch(line -> line.contains("a secret"));
        }
    }),

    POLLS_OF_NOBODY_FILL_THE_LOG(FAILS, target -> {
        try (Logs logs = Logs.taken()) {
            for (int i = 0; i < 50; i++) {
                Raw.ask(target.port(), "GET", Raw.POLLING + "&sid=" + UUID.randomUUID());
            }
            return logs.lines().size() < 25;
        }
    }),

    /** A page with a mistake in it is told so, and keeps its connection. */
    LOGIN_OF_THE_WRONG_TYPE(FAILS, target -> {
        List<String> logins = List.of("\"anna\"", "1", "[1]", "null", "{\"tokenId\":{}}", "{\"tokenId\":[\"a\"]}");
        try (Raw raw = target.connected()) {
            for (String login : logins) {
                if (!raw.text("427[\"user_login\"," + login + "]").next().startsWith("437[{\"ok\":false")) {
                    return false;
                }
            }
            return raw.text("428[\"user_logout\"]").next().startsWith("438[");
        }
    }),

    LOGIN_WITHOUT_FIELDS(FAILS, target -> {
        try (Raw raw = target.connected()) {
            for (String login : List.of("", ",null", ",{}")) {
                if (!raw.text("427[\"user_login\"" + login + "]").next().startsWith("437[{\"ok\":false")) {
                    return false;
                }
            }
            return raw.text("428[\"user_logout\"]").next().startsWith("438[");
        }
    }),

    /**
     * An event is read to its end, also if nobody listens: what stands in its text is no packet. netty-socketio takes
     * what is behind the first 8000 bytes for more packets: here "41", goodbye.
     */
    LONG_EVENT_THAT_NOBODY_KNOWS(FAILS, target -> staysAfterLong(target, "[\"nobody\",\"")),
    LONG_ARGUMENT_THAT_NOBODY_READS(
            FAILS, target -> staysAfterLong(target, "[\"user_login\",{\"tokenId\":\"anna\",\"userId\":\"1\"},\"")),

    /** Outside of an upgrade it is a pong; netty-socketio takes the "p" for a connect. */
    ANSWER_TO_NO_PROBE(FAILS, target -> {
        try (Raw raw = target.connected()) {
            return raw.text("3probe").text("428[\"user_logout\"]").next().startsWith("438[");
        }
    }),

    ATTACHMENT_BOMB(FAILS, target -> closes(target, "4599999999-[\"x\"]")),

    PING_OF_THE_WEBSOCKET(FAILS, target -> {
        try (Raw raw = target.connected()) {
            return raw.frame(0x89, new byte[] {1, 2}).next().equals("<pong 0102>");
        }
    }),

    /** A client that is told "41" does not come back by itself; one that only lost its connection does. */
    NO_PONG(FAILS, target -> {
        try (Raw raw = target.connected().patience(target.patience().plusSeconds(5))) {
            String last = raw.frame();
            while (last.equals("2")) {
                last = raw.frame();
            }
            return last.startsWith("<close") || last.equals(Raw.END);
        }
    }),

    FLOOD_OF_EVENTS(FAILS, target -> {
        try (Raw raw = target.connected()) {
            for (int i = 0; i < 5000; i++) {
                if (!raw.sendFrameIfOpen("42[\"nobody\"]")) {
                    return true;
                }
            }
            return raw.isClosed();
        }
    }),

    NOT_HTTP(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            return raw.send("\u0016\u0003\u0001\u0002\u0000\r\n\r\n").isClosed();
        }
    }),

    HALF_HANDSHAKE(HOLDS, target -> {
        try (Raw raw = target.connect().patience(target.patience().plusSeconds(2))) {
            return raw.send("GET " + Raw.POLLING + " HTTP/1.1\r\nHost: ").isClosed();
        }
    }),

    /** A byte now and then is no sign of life. */
    DRIPPING_HANDSHAKE(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            raw.send("GET " + Raw.POLLING + " HTTP/1.1\r\nX: ");
            return drip(target, raw);
        }
    }),

    DRIPPING_BODY(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            raw.send("POST " + Raw.POLLING + "&sid=x HTTP/1.1\r\nContent-Length: 5000\r\n\r\n");
            return drip(target, raw);
        }
    }),

    /** The pause between two requests is long; a request is not. */
    DRIPPING_NEXT_REQUEST(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            raw.request("GET", Raw.POLLING, "").answer();
            return drip(target, raw.send("GET " + Raw.POLLING + " HTTP/1.1\r\nX: "));
        }
    }),

    /** A client in the middle of a message cannot answer pings: that is its deadline. */
    DRIPPING_MESSAGE(HOLDS, target -> {
        try (Raw raw = target.connected()) {
            return drip(target, raw.frame(0x01, new byte[] {'4'}), Raw.frameBytes(0x00, new byte[] {'2'}));
        }
    }),

    DRIPPING_FRAME(HOLDS, target -> {
        try (Raw raw = target.connected()) {
            return drip(target, raw.send(new byte[] {(byte) 0x81, (byte) 0xFE, 0x7F, (byte) 0xFF}));
        }
    }),

    HEADER_FLOOD(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            raw.send("GET " + Raw.POLLING + " HTTP/1.1\r\n");
            for (int i = 0; i < 10_000; i++) {
                if (!raw.sendIfOpen("X" + i + ": " + "x".repeat(100) + "\r\n")) {
                    return true;
                }
            }
            return raw.isClosed();
        }
    }),

    LONG_URL(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            return !raw.sendIfOpen("GET /socket.io/?" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n") || raw.isClosed();
        }
    }),

    HUGE_BODY(HOLDS, target -> {
        try (Raw raw = target.connect()) {
            return raw.send("POST " + Raw.POLLING + " HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n")
                    .isClosed();
        }
    }),

    HUGE_FRAME(HOLDS, target -> {
        try (Raw raw = target.connected()) {
            return raw.send(new byte[] {(byte) 0x81, (byte) 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4})
                    .isClosed();
        }
    });

    private final Stock stock;
    private final Check check;

    BadInputCase(Stock stock, Check check) {
        this.stock = stock;
        this.check = check;
    }

    @Override
    public boolean holds(Target target) throws Exception {
        return check.holds(target);
    }

    @Override
    public Stock stock() {
        return stock;
    }

    @Override
    public boolean isAlone() {
        return this == BAD_PACKETS_FILL_THE_LOG || this == POLLS_OF_NOBODY_FILL_THE_LOG;
    }

    private static boolean closes(Target target, String packet) {
        try (Raw raw = target.connected()) {
            return raw.text(packet).isClosed();
        }
    }

    private static boolean staysAfterLong(Target target, String begin) {
        try (Raw raw = target.connected()) {
            raw.text("42" + begin + "x".repeat(8000 - begin.length()) + "41".repeat(10) + "\"]");
            return raw.text("428[\"user_logout\"]").next().startsWith("438[");
        }
    }

    private static boolean drip(Target target, Raw raw) {
        return drip(target, raw, new byte[] {'x'});
    }

    private static boolean drip(Target target, Raw raw, byte[] drop) {
        Duration pause = Duration.ofMillis(100);
        raw.patience(pause);
        for (long i = 0; i < target.patience().plusSeconds(5).dividedBy(pause); i++) {
            if (!raw.sendIfOpen(new String(drop, ISO_8859_1)) || raw.isClosed()) {
                return true;
            }
        }
        return false;
    }
}
