package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;

/** A client that says what a test likes, over either transport, answers no pings, and hears how its session ends. */
interface Talker extends AutoCloseable {
    /** Sends one Engine.IO packet. */
    void send(byte[] packet);

    default void send(String packet) {
        send(packet.getBytes(StandardCharsets.UTF_8));
    }

    /** Joins a namespace, and waits until it is in. */
    void join(String namespace);

    /** Breaks the connection without a word. */
    void lose();

    /** Reads on until the session is over: a WebSocket's close frame, or a poll's last packet or its status. */
    String told();

    /** Closes what is still open. */
    void hangUp();

    @Override
    default void close() {
        hangUp();
    }

    static Talker onWebSocket(TestNode node) {
        return new OnWebSocket(Raw.webSocket(node.port(), Raw.WEBSOCKET));
    }

    /** A poll is waiting from here on. */
    static Talker onPolling(TestNode node) {
        return new OnPolling(node, Raw.poller(node.port()));
    }

    final class OnWebSocket implements Talker {
        private final Raw raw;

        private OnWebSocket(Raw raw) {
            this.raw = raw;
            assertThat(raw.next()).startsWith("0{");
        }

        @Override
        public void send(byte[] packet) {
            raw.frame(0x81, packet);
        }

        @Override
        public void join(String namespace) {
            send("40" + namespace);
            assertThat(raw.frame()).startsWith("40" + namespace);
        }

        @Override
        public void lose() {
            raw.reset();
        }

        @Override
        public String told() {
            String frame = raw.frame();
            while (!frame.startsWith("<")) {
                frame = raw.frame();
            }
            return frame;
        }

        @Override
        public void hangUp() {
            raw.close();
        }
    }

    final class OnPolling implements Talker {
        private final TestNode node;
        private final String url;
        private final Raw poll;

        private OnPolling(TestNode node, String sid) {
            this.node = node;
            this.url = Raw.POLLING + sid;
            this.poll = Raw.to(node.port());
            pollAndWait();
        }

        private void pollAndWait() {
            poll.request("GET", url, "");
            await("the poll").until(() -> isWaiting() || poll.hasAnswer());
        }

        /** Polls while the other poll waits. */
        Raw.Answer pollBesides() {
            return Raw.ask(node.port(), "GET", url);
        }

        private boolean isWaiting() throws Exception {
            EngineSession session = node.front().sessions().get(url.substring(url.indexOf("sid=") + 4));
            return session != null
                    && session.loop()
                            .executor()
                            .submit(() -> session.link().isReady())
                            .get();
        }

        @Override
        public void send(byte[] packet) {
            try (Raw post = Raw.to(node.port())) {
                post.send("POST " + url + " HTTP/1.1\r\nContent-Length: " + packet.length + "\r\n\r\n")
                        .send(packet);
                post.answer();
            }
        }

        @Override
        public void join(String namespace) {
            send("40" + namespace);
            assertThat(poll.answer().body()).startsWith("40" + namespace);
            pollAndWait();
        }

        @Override
        public void lose() {
            poll.reset();
        }

        @Override
        public String told() {
            while (true) {
                Raw.Answer answer = poll.answerIfAny();
                if (answer == null) {
                    return Raw.END;
                }
                String last = answer.body().substring(answer.body().lastIndexOf('\u001e') + 1);
                if (answer.status() != 200) {
                    return String.valueOf(answer.status());
                }
                if (last.equals("1") || last.equals("6")) {
                    return last;
                }
                poll.request("GET", url, "");
            }
        }

        @Override
        public void hangUp() {
            poll.close();
        }
    }
}
