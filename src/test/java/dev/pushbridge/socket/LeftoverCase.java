package dev.pushbridge.socket;

import dev.pushbridge.testkit.LeakWatch;
import java.util.UUID;

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
    BODY_UNDER_A_QUERY_THAT_IS_NOT_ENCODED(target -> leaksNothing(target, "&sid=%zz", "x".repeat(50_000))),
    SEVERAL_PACKETS_IN_ONE_POST(target ->
            leaksNothing(target, Raw.poller(target.port()), "40\u001e42[\"user_logout\"]\u001e42[\"user_logout\"]")),

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

    private static boolean isAnswered(Target target, String url) {
        try (Raw raw = target.connect()) {
            return raw.request("GET", url, "").answerIfAny() != null;
        }
    }
}
