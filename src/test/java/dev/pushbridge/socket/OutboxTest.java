package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
