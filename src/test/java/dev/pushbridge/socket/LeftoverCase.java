package dev.pushbridge.socket;

import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.LeakWatch;
import java.util.UUID;
import org.awaitility.core.ConditionTimeoutException;

/** Leaving something behind: sessions that nobody has, buffers, connections that nobody minds, requests without answer. */
@SuppressWarnings("ImmutableEnumChecker") // the checks are lambdas that hold nothing
enum LeftoverCase implements HostileCase {
    PUT_HANDSHAKE(target -> leavesNoSession(target, "PUT")),
    POST_HANDSHAKE(target -> leavesNoSession(target, "POST")),
    OPTIONS_HANDSHAKE(target -> leavesNoSession(target, "OPTIONS")),

    OLD_WEBSOCKET_VERSION(target -> {
        String id = UUID.randomUUID().toString();
        try (Raw raw = target.connect()) {
            if (raw.upgrade(Raw.WEBSOCKET, "Sec-WebSocket-Version: 8", "io: " + id)
                            .status()
                    != 426) {
                return false;
            }
        }
        return isUnknown(target, id);
    }),

    BODY_UNDER_A_QUERY_THAT_IS_NO_NUMBER(
            target -> leaksNothing(target, "&j=abc&sid=" + UUID.randomUUID(), "x".repeat(50_000))),
    BODY_UNDER_A_FLAG_THAT_IS_NO_NUMBER(
            target -> leaksNothing(target, "&b64=x&sid=" + UUID.randomUUID(), "x".repeat(50_000))),
    BODY_UNDER_A_QUERY_THAT_IS_NOT_ENCODED(target -> leaksNothing(target, "&sid=%zz", "x".repeat(50_000))),
    SEVERAL_PACKETS_IN_ONE_POST(target ->
            leaksNothing(target, Raw.poller(target.port()), "40\u001e42[\"user_logout\"]\u001e42[\"user_logout\"]")),

    /** Bytes for a client that takes text only are written in base64. On ours the answer has none; that is enough. */
    BYTES_IN_BASE64(target -> {
        String polling = "/socket.io/?EIO=3&transport=polling&b64=1";
        String url = polling + "&sid="
                + Raw.idIn(Raw.ask(target.port(), "GET", polling).body());
        Raw.post(target.port(), url, "14:420[\"bytes\",1]");
        String answers = "";
        while (!answers.contains("0[")) {
            answers += Raw.ask(target.port(), "GET", url).body();
        }
        return LeakWatch.takeLeaks().isEmpty();
    }),

    /** What is behind the goodbye brings nobody back: netty-socketio keeps a client that nobody looks after. */
    CONNECT_BEHIND_THE_GOODBYE(target -> leavesNothingKept(target, "1\u001e40")),
    ACK_BEHIND_THE_GOODBYE(target -> leavesNothingKept(target, "1\u001e431[\"late\"]")),

    /**
     * Neither does a poll that came before the goodbye and is being answered. What it has to bring takes netty-socketio
     * its time; the goodbye overtakes it at one of these times.
     */
    GOODBYE_WHILE_A_POLL_IS_ANSWERED(target -> {
        for (int i = 0; i < 20; i++) {
            String url = connectedPoller(target);
            Raw.post(target.port(), url, "420[\"user_login\",{\"tokenId\":\"anna\"}]");
            Raw.ask(target.port(), "GET", url);
            for (int j = 0; j < 45; j++) {
                target.push("anna", "x".repeat(20_000));
            }
            try (Raw poll = target.connect();
                    Raw post = target.connect()) {
                poll.request("GET", url, "");
                post.request("POST", url, "1");
                Raw.Answer polled = poll.answerIfAny();
                Raw.Answer posted = post.answerIfAny();
                if (polled == null || posted == null || !nothingIsKept(target)) {
                    return false;
                }
            }
        }
        return true;
    }),

    /** "1" is goodbye: the server closes the connection. */
    CLOSE_PACKET(target -> {
        try (Raw raw = target.connected()) {
            return raw.text("1").isClosed();
        }
    }),

    /** Who has left the last namespace is still asked for signs of life, or closed. */
    LAST_NAMESPACE_LEFT(target -> {
        try (Raw raw = target.connected().patience(target.patience().plusSeconds(2))) {
            String next = raw.text("41").frame();
            return next.equals("2") || next.startsWith("<close") || next.equals(Raw.END);
        }
    }),

    UPGRADE_THAT_NEVER_ENDS(target -> {
        String sid = Raw.poller(target.port());
        try (Raw raw = Raw.webSocket(target.port(), Raw.WEBSOCKET + sid)) {
            return raw.patience(target.patience().plusSeconds(2)).isClosed();
        }
    }),

    /** The session ends by polling while it goes over to a WebSocket. */
    UPGRADE_OF_A_SESSION_THAT_HAS_ENDED(target -> {
        String sid = Raw.poller(target.port());
        try (Raw raw = Raw.webSocket(target.port(), Raw.WEBSOCKET + sid)) {
            if (!raw.text("2probe").next().equals("3probe")) {
                return false;
            }
            Raw.post(target.port(), Raw.POLLING + sid, "1");
            return raw.text("5").patience(target.patience().plusSeconds(2)).isClosed();
        }
    }) {
        @Override
        public Stock stock() {
            return Stock.EITHER;
        }
    },

    /** Any page could read along; nobody has needed it for fifteen years. */
    JSONP(target -> {
        try (Raw raw = target.connect()) {
            Raw.Answer answer = raw.request("GET", Raw.POLLING + "&j=0", "").answerIfAny();
            return answer != null && answer.status() == 400;
        }
    }),

    QUERY_THAT_IS_NO_NUMBER(target -> isAnswered(target, Raw.POLLING + "&j=abc")),
    REQUEST_BELOW_THE_PATH(target -> isAnswered(target, "/socket.io/x?EIO=4&transport=polling")),
    REQUEST_WITH_AN_ID_THAT_IS_NONE(target -> isAnswered(target, Raw.POLLING + "&sid=abc")),
    FAREWELL_OF_NOBODY(target -> isAnswered(target, Raw.POLLING + "&disconnect=1&sid=" + UUID.randomUUID()));

    private final Check check;

    LeftoverCase(Check check) {
        this.check = check;
    }

    @Override
    public boolean holds(Target target) throws Exception {
        return check.holds(target);
    }

    @Override
    public Stock stock() {
        return Stock.FAILS;
    }

    @Override
    public boolean isAlone() {
        return switch (this) {
            case BODY_UNDER_A_QUERY_THAT_IS_NO_NUMBER,
                    BODY_UNDER_A_FLAG_THAT_IS_NO_NUMBER,
                    BYTES_IN_BASE64,
                    BODY_UNDER_A_QUERY_THAT_IS_NOT_ENCODED,
                    SEVERAL_PACKETS_IN_ONE_POST -> true;
            default -> false;
        };
    }

    /** netty-socketio takes the id from the header; so it is known what to look for. */
    private static boolean leavesNoSession(Target target, String method) {
        String id = UUID.randomUUID().toString();
        try (Raw raw = target.connect()) {
            Raw.Answer ignored =
                    raw.request(method, Raw.POLLING, "", "io: " + id).answerIfAny();
        }
        return isUnknown(target, id);
    }

    private static boolean isUnknown(Target target, String id) {
        try (Raw raw = target.connect()) {
            Raw.Answer answer =
                    raw.request("GET", Raw.POLLING + "&sid=" + id, "").answerIfAny();
            return answer != null && answer.status() == 400;
        }
    }

    private static boolean leaksNothing(Target target, String query, String body) {
        for (int i = 0; i < 3; i++) {
            try (Raw raw = target.connect().patience(target.patience().dividedBy(5))) {
                Raw.Answer ignored =
                        raw.request("POST", Raw.POLLING + query, body).answerIfAny();
            }
        }
        return LeakWatch.takeLeaks().isEmpty();
    }

    /** Of a client that polls, has connected, and posts this. */
    private static boolean leavesNothingKept(Target target, String payload) {
        Raw.post(target.port(), connectedPoller(target), payload);
        return nothingIsKept(target);
    }

    private static String connectedPoller(Target target) {
        String url = Raw.POLLING + Raw.poller(target.port());
        Raw.post(target.port(), url, "40");
        Raw.ask(target.port(), "GET", url);
        return url;
    }

    private static boolean nothingIsKept(Target target) {
        try {
            await().atMost(target.patience()).until(() -> target.kept() == 0);
            return true;
        } catch (ConditionTimeoutException kept) {
            return false;
        }
    }

    private static boolean isAnswered(Target target, String url) {
        try (Raw raw = target.connect()) {
            return raw.request("GET", url, "").answerIfAny() != null;
        }
    }
}
