package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.testkit.Logs;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Valid conversations with changes in them, by the million: whatever comes, no exception gets out, nothing leaks, and no
 * session is left behind.
 *
 * <p>{@code -Dfuzz.seconds=600} goes on for longer. A failure names its seed; {@code -Dfuzz.seed=… -Dfuzz.cases=1} plays
 * that one case again.
 */
final class FuzzIT {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 30);
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    private static final long CASES = Long.getLong("fuzz.cases", Long.MAX_VALUE);

    private static final List<String> PACKETS = List.of(
            "0",
            "0{\"tokenId\":\"anna\",\"userId\":1}",
            "0/a,",
            "0/a?token=1&x=%20,{\"a\":[1,2,{\"b\":null}]}",
            "1",
            "1/a,",
            "2[\"user_login\",{\"tokenId\":\"anna\",\"userId\":\"1\",\"socketId\":\"x\"}]",
            "217[\"user_logout\"]",
            "2/a,3[\"e\",\"\u00e9\ud83d\ude00\\u0041\",1.5e3,true,[[[]]]]",
            "30[1]",
            "3/a,12[\"x\",{}]",
            "51-[\"e\",{\"_placeholder\":true,\"num\":0}]",
            "52-/a,4[\"e\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
            "61-7[{\"_placeholder\":true,\"num\":0}]");

    private interface Case {
        /** Returns how many inputs it has tried. */
        int run(Mutator mutator) throws Exception;
    }

    @Test
    void packetsAreReadOrRefused() throws Exception {
        PacketReader reader = new PacketReader(10);
        repeat("packets", SECONDS / 3.0, mutator -> {
            for (int i = 0; i < 100; i++) {
                String packet = mutator.changed(mutator.anyOf(PACKETS));
                try {
                    SocketPacket read = reader.read(packet);
                    require(read.namespace().startsWith("/"), "a namespace that is none");
                    require(read.attachments() >= 0 && read.attachments() <= 10, "attachments over the limit");
                } catch (ProtocolException refused) {
                    require(refused.end() == SessionEnd.PROTOCOL, "another end");
                }
            }
            return 100;
        });
    }

    @Test
    void conversationsLeaveNothingBehind() throws Exception {
        try (FuzzedFront front = new FuzzedFront();
                Logs logs = Logs.copied()) {
            front.onLoop(() -> {
                repeat("conversations", SECONDS / 2.0, mutator -> {
                    int inputs = front.converse(mutator, new ArrayList<>());
                    front.assertNothingLeft(logs);
                    return inputs;
                });
                return 0;
            });
        }
    }

    /** A WebSocket of protocol 3 opens a little later; what is said before and after goes to the loop in pieces. */
    @Test
    void lateConversationsLeaveNothingBehind() throws Exception {
        try (FuzzedFront front = new FuzzedFront();
                Logs logs = Logs.copied()) {
            repeat("late conversations", SECONDS / 6.0, mutator -> {
                List<EmbeddedChannel> channels = new ArrayList<>();
                int inputs = front.onLoop(() -> front.openVersion3(mutator, channels));
                front.loop
                        .executor()
                        .schedule(() -> {}, 4, TimeUnit.MILLISECONDS)
                        .get();
                return inputs
                        + front.onLoop(() -> {
                            int more = front.talk(mutator, channels.get(0));
                            front.end(channels);
                            front.assertNothingLeft(logs);
                            return more;
                        });
            });
        }
    }

    /** As cheap as can be, for it is asked millions of times. */
    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private static void repeat(String what, double seconds, Case fuzzed) throws Exception {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        long inputs = 0;
        long cases = 0;
        while (cases < CASES && System.nanoTime() < until) {
            long seed = SEED + cases;
            try {
                inputs += fuzzed.run(new Mutator(seed));
            } catch (Exception | Error e) {
                fail("-Dfuzz.seed=" + seed + " -Dfuzz.cases=1 plays this again (" + what + ")", e);
            }
            cases++;
        }
        LoggerFactory.getLogger(FuzzIT.class).info("{} inputs in {} cases of {}", inputs, cases, what);
        assertThat(inputs).isPositive();
    }

    /** The front as it stands behind a TCP connection, with everything on one event loop and no TCP. */
    private static final class FuzzedFront implements AutoCloseable {
        private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        /** Answers that the application has put off. */
        private final Deque<Runnable> putOff = new ArrayDeque<>();

        private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final Front front = new Front(
                TestSettings.with("limits.packets-per-second", "0", "compression", "true", "max-payload", "16KB"),
                List.of(new Endpoint("/socket.io", session -> new SocketConversation(session, new Everything(putOff)))),
                group,
                new PushMetrics(meters));
        private final Loop loop = front.loops().all().get(0);
        private final Counter internal = meters.get(Meters.SESSIONS_ENDED.meter())
                .tag("reason", SessionEnd.INTERNAL.word())
                .counter();

        int converse(Mutator mutator, List<EmbeddedChannel> channels) {
            int inputs = begin(mutator, channels);
            end(channels);
            return inputs;
        }

        int openVersion3(Mutator mutator, List<EmbeddedChannel> channels) {
            EmbeddedChannel channel = connect(channels);
            int inputs = write(channel, upgrade("EIO=3&transport=websocket").getBytes(UTF_8));
            return mutator.oneIn(5) ? inputs + talk(mutator, channel) : inputs;
        }

        private int begin(Mutator mutator, List<EmbeddedChannel> channels) {
            String version = mutator.oneIn(3) ? "EIO=3" : "EIO=4";
            boolean polling = mutator.oneIn(2);
            EmbeddedChannel first = connect(channels);
            if (!polling) {
                return write(mutator, first, upgrade(version + "&transport=websocket")) + talk(mutator, first);
            }
            int inputs = write(mutator, first, "GET /socket.io/?" + version + "&transport=polling HTTP/1.1\r\n\r\n");
            String query = version + (mutator.oneIn(3) ? "&b64=1" : "") + "&transport=";
            String sid = "&sid=" + front.sessions().keySet().stream().findAny().orElse("none");
            for (int i = mutator.below(6); i >= 0; i--) {
                String post = payload(mutator, version);
                String type = mutator.oneIn(10) ? "Content-Type: application/octet-stream\r\n" : "";
                inputs += write(
                        mutator,
                        connect(channels),
                        "POST /socket.io/?" + query + "polling" + sid + " HTTP/1.1\r\n" + type + "Content-Length: "
                                + post.getBytes(UTF_8).length + "\r\n\r\n" + post);
                inputs += write(
                        mutator, connect(channels), "GET /socket.io/?" + query + "polling" + sid + " HTTP/1.1\r\n\r\n");
            }
            if (mutator.oneIn(2)) {
                EmbeddedChannel webSocket = connect(channels);
                inputs += write(mutator, webSocket, upgrade(query + "websocket" + sid));
                inputs += frame(mutator, webSocket, 0x81, "2probe");
                inputs += frame(mutator, webSocket, 0x81, "5");
                inputs += talk(mutator, webSocket);
            }
            return inputs;
        }

        private static String payload(Mutator mutator, String version) {
            StringBuilder payload = new StringBuilder();
            for (int i = mutator.below(4); i >= 0; i--) {
                String packet = mutator.oneIn(8) ? "bAAEC" : "4" + mutator.anyOf(PACKETS);
                if (mutator.oneIn(3)) {
                    packet = mutator.changed(packet);
                }
                if (version.equals("EIO=3")) {
                    payload.append(packet.length()).append(':').append(packet);
                } else {
                    payload.append(payload.isEmpty() ? "" : "\u001e").append(packet);
                }
            }
            return payload.toString();
        }

        private static String upgrade(String query) {
            return "GET /socket.io/?" + query + " HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        }

        private int talk(Mutator mutator, EmbeddedChannel channel) {
            int inputs = 0;
            for (int i = mutator.below(10); i >= 0; i--) {
                String packet = "4" + mutator.anyOf(PACKETS);
                inputs += switch (mutator.below(10)) {
                    case 0 -> frame(mutator, channel, 0x82, "\u0004binary");
                    case 1 -> frame(mutator, channel, mutator.below(256), packet);
                    case 2 ->
                        frame(mutator, channel, 0x01, packet)
                                + frame(mutator, channel, 0x00, "")
                                + frame(mutator, channel, 0x80, "");
                    case 3 -> frame(mutator, channel, 0x81, mutator.oneIn(2) ? "2" : "3");
                    case 4, 5, 6 -> frame(mutator, channel, 0x81, packet);
                    default -> frame(mutator, channel, 0x81, mutator.changed(packet));
                };
            }
            return inputs;
        }

        private int frame(Mutator mutator, EmbeddedChannel channel, int first, String payload) {
            byte[] frame = Raw.frameBytes(first, payload.getBytes(UTF_8));
            return write(channel, mutator.oneIn(20) ? mutator.changed(frame) : frame);
        }

        private int write(Mutator mutator, EmbeddedChannel channel, String request) {
            byte[] bytes = request.getBytes(UTF_8);
            return write(channel, mutator.oneIn(8) ? mutator.changed(bytes) : bytes);
        }

        /** Throws what got to the end of the pipeline. */
        private int write(EmbeddedChannel channel, byte[] bytes) {
            if (!channel.isOpen()) {
                return 0;
            }
            if ((bytes.length & 3) == 0 && !putOff.isEmpty()) {
                putOff.remove().run();
            }
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                ReferenceCountUtil.release(out);
            }
            return 1;
        }

        private EmbeddedChannel connect(List<EmbeddedChannel> channels) {
            EmbeddedChannel channel = new EmbeddedChannel();
            HttpFront.addTo(channel.pipeline(), front, loop);
            channels.add(channel);
            return channel;
        }

        /** Everybody goes; who polls is lost at once, or would be here until its deadline: a ping, or a last poll. */
        private void end(List<EmbeddedChannel> channels) {
            channels.forEach(EmbeddedChannel::finishAndReleaseAll);
            List<EngineSession> awaited = new ArrayList<>();
            loop.wheel().forEach(entry -> {
                if (entry instanceof EngineSession session) {
                    awaited.add(session);
                }
            });
            awaited.forEach(session -> session.linkLost(SessionEnd.CONNECTION_LOST));
            while (!putOff.isEmpty()) {
                putOff.remove().run();
            }
        }

        void assertNothingLeft(Logs logs) {
            require(loop.sessions() == 0, "a session is left");
            require(loop.queuedBytes() == 0, "bytes are queued for nobody");
            require(front.sessions().isEmpty(), "an id is left");
            require(internal.count() == 0, "a session ended by a fault of ours");
            require(entries() == 0, "a deadline is left");
            for (String line : logs.lines()) {
                require(!line.startsWith("Failed at") && !line.contains("xception"), "in the log: " + line);
            }
            logs.clear();
        }

        private int entries() {
            List<Wheel.Entry> entries = new ArrayList<>();
            loop.wheel().forEach(entries::add);
            return entries.size();
        }

        private int onLoop(Callable<Integer> step) throws Exception {
            try {
                return loop.executor().submit(step).get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e;
            }
        }

        @Override
        public void close() {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /**
     * Lets in everywhere, and does all that an application can do: answers, late answers, questions, echoes.
     *
     * @param putOff where it leaves what it will do later, on the loop
     */
    private record Everything(Deque<Runnable> putOff) implements SocketApplication {
        @Override
        public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
            if (auth.has("x")) {
                admission.refuse(Refusal.NO_NAMESPACE);
            } else if (auth.has("tokenId")) {
                putOff.add(admission::letIn);
            } else {
                admission.letIn();
            }
        }

        @Override
        public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
            switch (name) {
                case "user_login" -> {
                    ack.later();
                    putOff.add(() -> ack.send(arguments));
                }
                case "user_logout" -> socket.emit("question", arguments, answer -> socket.emit("e", List.of(answer)));
                default -> {
                    socket.emit("echo", arguments);
                    ack.send(arguments);
                }
            }
        }
    }
}
