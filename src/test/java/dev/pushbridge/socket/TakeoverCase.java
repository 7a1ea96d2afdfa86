package dev.pushbridge.socket;

import dev.pushbridge.testkit.Logs;
import java.util.UUID;

/** Getting at what is somebody else's. */
@SuppressWarnings("ImmutableEnumChecker") // the checks are lambdas that hold nothing
enum TakeoverCase implements HostileCase {
    /** The public id opens no second WebSocket in the place of the first. */
    WEBSOCKET_WITH_THE_ID_OF_ANOTHER(target -> {
        try (Visitor anna = Visitor.of(target);
                Raw mallory = target.connect()) {
            mallory.upgrade(Raw.WEBSOCKET + "&sid=" + anna.id);
            mallory.next(); // the refusal; or nothing, and she has had time to be taken for anna
            target.push(anna.token, "for her");
            return anna.raw.hears("for her");
        }
    }),

    POLL_WITH_THE_ID_OF_ANOTHER(target -> {
        try (Visitor anna = Visitor.of(target);
                Raw mallory = target.connect()) {
            Raw.Answer answer =
                    mallory.request("GET", Raw.POLLING + "&sid=" + anna.id, "").answerIfAny();
            target.push(anna.token, "for her");
            return answer != null && answer.status() == 400 && anna.raw.hears("for her");
        }
    }),

    /** Nobody speaks for somebody else. */
    POST_WITH_THE_ID_OF_ANOTHER(target -> {
        try (Visitor anna = Visitor.of(target);
                Raw mallory = target.connect()) {
            String login = "420[\"user_login\",{\"tokenId\":\"mallory\",\"userId\":\"1\"}]";
            Raw.Answer answer = mallory.request("POST", Raw.POLLING + "&sid=" + anna.id, login)
                    .answerIfAny();
            target.push(anna.token, "for her");
            return answer != null
                    && answer.status() == 400
                    && anna.raw.hears("for her")
                    && target.push("mallory", "not for her") == 0;
        }
    }),

    /** Or whoever plants it would know it. */
    ID_BY_HEADER(target -> {
        String chosen = UUID.randomUUID().toString();
        return !Raw.ask(target.port(), "GET", Raw.POLLING, "io: " + chosen)
                .body()
                .contains(chosen);
    }),

    ID_BY_COOKIE(target -> {
        String chosen = UUID.randomUUID().toString();
        return !Raw.ask(target.port(), "GET", Raw.POLLING, "Cookie: io=" + chosen)
                .body()
                .contains(chosen);
    }),

    EVENT_BEFORE_CONNECT(target -> {
        try (Raw raw = target.webSocket()) {
            raw.text("42[\"user_login\",{\"tokenId\":\"early\",\"userId\":\"1\"}]");
            return raw.isClosed() && target.push("early", "x") == 0;
        }
    }),

    EVENT_AFTER_REFUSED_AUTH(target -> {
        try (Raw raw = target.webSocket()) {
            if (!raw.text("40{\"tokenId\":[]}").next().startsWith("44")) {
                return false;
            }
            raw.text("42[\"user_login\",{\"tokenId\":\"refused\",\"userId\":\"1\"}]");
            return raw.isClosed() && target.push("refused", "x") == 0;
        }
    }),

    /** Nor does he hear what is for everybody who is in. */
    EAR_AFTER_REFUSED_AUTH(target -> {
        try (Raw raw = target.webSocket()) {
            if (!raw.text("40{\"tokenId\":[]}").next().startsWith("44")) {
                return false;
            }
            target.connected().close(); // who is announced by new_user
            return raw.text("40").next().startsWith("40{");
        }
    }),

    /** 2 KB that are 2 MB: the largest message is the largest message, however it was packed. */
    DEFLATE_BOMB(target -> bomb(target, "42[\"user_login\",{\"tokenId\":\"" + "x".repeat(2 << 20) + "\"}]")),

    DEFLATE_BOMB_FILLS_THE_LOG(target -> {
        try (Logs logs = Logs.taken()) {
            return bomb(target, "42[\"user_login\"," + "x".repeat(2 << 20))
                    && logs.lines().stream().mapToInt(String::length).sum() < 10_000;
        }
    }) {
        @Override
        public boolean isAlone() {
            return true;
        }
    };

    private final Check check;

    TakeoverCase(Check check) {
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

    private static boolean bomb(Target target, String packet) {
        try (Raw raw = target.connect()) {
            raw.upgrade(Raw.WEBSOCKET, "Sec-WebSocket-Extensions: permessage-deflate");
            raw.frame(0xC1, Raw.deflated(packet));
            return raw.isClosed();
        }
    }

    /** Somebody who has logged in, and whose {@code socket.id} is known to all. */
    private record Visitor(Raw raw, String token, String id) implements AutoCloseable {
        static Visitor of(Target target) {
            Raw raw = Raw.webSocket(target.port(), Raw.WEBSOCKET).patience(target.patience());
            String ignored = raw.next();
            String id = Raw.idIn(raw.text("40").next());
            String token = UUID.randomUUID().toString();
            raw.text("420[\"user_login\",{\"tokenId\":\"" + token + "\",\"userId\":\"1\"}]");
            if (!raw.next().startsWith("430")) {
                throw new AssertionError("not logged in");
            }
            return new Visitor(raw, token, id);
        }

        @Override
        public void close() {
            raw.close();
        }
    }
}
