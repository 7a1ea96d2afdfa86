package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.session.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a loop finds that was busy while the dispatcher went on. */
final class OutboxTest {
    private static final int MANY = 20_000;

    private final TestNode node = TestNode.with("event-loops", "1", "backlog-packets", String.valueOf(MANY));

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void busyLoopFindsOneBatchAndWritesItAtOnce() {
        try (Wire anna = loggedIn("anna")) {
            EngineSession session = session("anna");
            CountDownLatch goesOn = hold(session.loop());
            node.push("anna", "one");
            session.loop().executor().execute(() -> session.sendText(packet("between")));
            node.push("anna", "two");
            goesOn.countDown();

            assertThat(List.of(anna.next(), anna.next())).containsExactly(event("one"), event("two"));
            node.push("anna", "three");
            assertThat(List.of(anna.next(), anna.next())).containsExactly(text("between"), event("three"));
        }
    }

    /** The interleaving to break: what is for a login is added to a batch that comes to the loop before its answer. */
    @Test
    void whatComesAfterAFenceStaysBehindWhatTheLoopWasGivenThere() {
        try (Wire anna = loggedIn("anna")) {
            EngineSession session = session("anna");
            CountDownLatch goesOn = hold(session.loop());
            node.push("anna", "one");
            node.push("anna", "two");
            node.server().fence();
            session.loop().executor().execute(() -> session.sendText(packet("answer")));
            node.push("anna", "three");
            goesOn.countDown();

            assertThat(List.of(anna.next(), anna.next(), anna.next(), anna.next()))
                    .containsExactly(event("one"), event("two"), text("answer"), event("three"));
        }
    }

    /** The interleaving to break: the loop begins with a batch while the dispatcher takes it back. */
    @Test
    void nothingIsLostOrDoubledBetweenTakingBackAndBeginning() {
        try (Wire anna = loggedIn("anna")) {
            for (int i = 0; i < MANY; i++) {
                node.push("anna", String.valueOf(i));
            }
            for (int i = 0; i < MANY; i++) {
                assertThat(anna.next()).isEqualTo(event(String.valueOf(i)));
            }
        }
    }

    static List<Long> seeds() {
        List<Long> seeds = new ArrayList<>(List.of(1L, 2L, 3L));
        ThreadLocalRandom.current().longs(12).forEach(seeds::add);
        return seeds;
    }

    /**
     * Against plain queues: events that leave one by one or together, answers that are given to the loop behind a fence, and
     * a loop that is busy and goes on at any time, so that batches are taken back or not. In the end the server is stopped,
     * and every event has come or is counted as one that came too late.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everythingComesOnceAndInTheOrderInWhichItWasGiven(long seed) {
        Random random = new Random(seed);
        List<String> tokens = List.of("anna", "ben");
        List<Wire> wires = tokens.stream().map(this::loggedIn).toList();
        List<Deque<String>> due = List.of(new ArrayDeque<>(), new ArrayDeque<>());
        Loop loop = session("anna").loop();
        Stop stop = new Stop(loop);
        int events = 0;
        for (int step = 0; step < 600; step++) {
            int who = random.nextInt(tokens.size());
            EngineSession session = session(tokens.get(who));
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> {
                    String text = "event " + events++;
                    node.registry().sessionsOf(tokens.get(who))[0].send(frame(text));
                    due.get(who).add(event(text));
                }
                case 4, 5 -> node.server().flush();
                case 6 -> {
                    String name = "answer " + step;
                    node.server().flush();
                    node.server().fence();
                    stop.fenced();
                    loop.executor().execute(() -> {
                        session.sendText(packet(name));
                        session.drain();
                    });
                    due.get(who).add(text(name));
                }
                case 7 -> {
                    node.server().fence();
                    stop.fenced();
                }
                case 8 -> stop.begin();
                default -> stop.end();
            }
        }
        stop.end();
        node.server().flush();
        for (int who = 0; who < tokens.size(); who++) {
            for (String expected : due.get(who)) {
                assertThat(wires.get(who).next()).isEqualTo(expected);
            }
        }

        Session anna = node.registry().sessionsOf("anna")[0];
        for (int i = 0; i < 20; i++) {
            anna.send(frame("late"));
            node.server().flush();
            if (i == 10) {
                node.close();
            }
        }
        assertThat(Stream.of(DeliveryOutcome.values())
                        .mapToLong(node::deliveries)
                        .sum())
                .isEqualTo(events + 20);
        assertThat(node.deliveries(DeliveryOutcome.CLOSED)).isGreaterThanOrEqualTo(9);
        wires.forEach(Wire::close);
    }

    /** Keeps the loop busy for some time; there are only so many batches that may wait for it. */
    private static final class Stop {
        private final Loop loop;
        private @Nullable CountDownLatch goesOn;
        private int batches;

        Stop(Loop loop) {
            this.loop = loop;
        }

        void begin() {
            if (goesOn == null) {
                goesOn = hold(loop);
                batches = 0;
            }
        }

        void fenced() {
            if (++batches == 2) {
                end();
            }
        }

        void end() {
            CountDownLatch held = goesOn;
            if (held != null) {
                held.countDown();
                goesOn = null;
            }
        }
    }

    private static Frame frame(String text) {
        return new Frame(event(text).getBytes(UTF_8));
    }

    private Wire loggedIn(String token) {
        Wire wire = Wire.connected(node.port());
        wire.send("420[\"user_login\",{\"tokenId\":\"" + token + "\"}]");
        assertThat(wire.next()).startsWith("430[{\"ok\":true");
        return wire;
    }

    private EngineSession session(String token) {
        return ((NamespaceSocket) node.registry().sessionsOf(token)[0]).session();
    }

    private static CountDownLatch hold(Loop loop) {
        CountDownLatch goesOn = new CountDownLatch(1);
        loop.executor().execute(() -> {
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return goesOn;
    }

    private static byte[] packet(String name) {
        return text(name).getBytes(UTF_8);
    }

    private static String text(String name) {
        return "42[\"" + name + "\"]";
    }

    private static String event(String text) {
        return "42[\"receive_message\",\"" + text + "\"]";
    }
}
