package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.testkit.Logs;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When something fails that never should, memory first of all, the session that it is about ends, whole, and no other. */
final class FaultTest {
    private final Logs logs = Logs.taken();
    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.with("event-loops", "1");
    }

    @AfterEach
    void stop() {
        node.close();
        logs.close();
    }

    /** Netty's own, when its buffers are used up: an Error, from sending as well as from saying goodbye. */
    @Test
    void sessionThatCannotEvenSayGoodbyeIsClosed() {
        try (Wire ben = loggedIn("ben")) {
            WithoutMemory link = new WithoutMemory();
            loggedIn(node, "anna", "ben", link);

            link.isReady = true;
            node.push("anna", "one");
            node.push("ben", "two");

            assertThat(ben.next()).isEqualTo("42[\"receive_message\",\"two\"]");
            await("the link to be dropped").until(() -> link.isDropped);
            assertThat(node.ended(SessionEnd.INTERNAL)).isEqualTo(1);
            assertThat(node.registry().sessionsOf("anna")).isEmpty();
            assertThat(node.deliveries(DeliveryOutcome.CLOSED)).isEqualTo(1);
            assertThat(node.backlogBytes()).isZero();
        }
    }

    /** A packet over the bound is sent what is before it first; that this fails is no slowness, and nothing is left. */
    @Test
    void deliveryThatIsOverTheBoundOfASessionWhichFailsIsCounted() {
        try (TestNode small = TestNode.with("event-loops", "1", "backlog-packets", "16");
                Wire ben = loggedIn(small, "ben")) {
            WithoutMemory link = new WithoutMemory();
            loggedIn(small, "anna", "ben", link);
            EngineSession session = socket(small, "anna").session();
            int answers = on(session.loop(), () -> session.waiting().size());

            for (int i = answers; i < 16; i++) {
                small.push("anna", "waits");
            }
            await("a full backlog")
                    .until(() -> on(session.loop(), () -> session.waiting().size()) == 16);
            link.isReady = true;
            small.push("anna", "over the bound");
            small.push("ben", "two");

            assertThat(ben.next()).isEqualTo("42[\"receive_message\",\"two\"]");
            await("the link to be dropped").until(() -> link.isDropped);
            assertThat(small.ended(SessionEnd.INTERNAL)).isEqualTo(1);
            assertThat(small.deliveries(DeliveryOutcome.CLOSED)).isEqualTo(16 - answers + 1);
            assertThat(small.backlogBytes()).isZero();
        }
    }

    /** They share a batch, and those that fail come first. */
    @Test
    void othersOfTheBatchGetTheirs() {
        try (Wire anna = loggedIn("anna");
                Wire ben = loggedIn("ben")) {
            NamespaceSocket first = socket("anna");
            NamespaceSocket second = socket("ben");
            CountDownLatch goesOn = new CountDownLatch(1);
            first.session().loop().executor().execute(() -> join(goesOn));
            node.push("anna", frame("one").on(new Failing()));
            node.push("ben", frame("two"));
            goesOn.countDown();

            assertThat(ben.next()).isEqualTo("42[\"receive_message\",\"two\"]");
            assertThat(anna.closed()).isEqualTo("1011 internal");
            assertThat(node.ended(SessionEnd.INTERNAL)).isEqualTo(1);
            assertThat(second.session().isOpen()).isTrue();
            await("every delivery to be counted").untilAsserted(() -> {
                assertThat(node.deliveries(DeliveryOutcome.CLOSED)).isEqualTo(1);
                assertThat(node.deliveries(DeliveryOutcome.WRITTEN)).isEqualTo(1);
            });
        }
    }

    /** Loops do not stop at the same instant. What comes by one for another that has is refused, and its body let go of. */
    @Test
    void requestForALoopThatHasStoppedIsRefused() {
        try (TestNode two = TestNode.with("event-loops", "2")) {
            String sid = Raw.poller(two.port());
            EngineSession session = requireNonNull(two.front().sessions().get(sid.substring("&sid=".length())));
            session.loop().executor().shutdownGracefully(0, 1, SECONDS).syncUninterruptibly();

            await("a connection on the other loop").ignoreExceptions().until(() -> {
                try (Raw raw = Raw.to(two.port())) {
                    Raw.Answer answer =
                            raw.request("POST", Raw.POLLING + sid, "40").answerIfAny();
                    return answer != null && answer.status() == 503;
                }
            });
            assertThat(two.refused(RequestRefusal.STOPPING)).isPositive();
        }
    }

    @Test
    void deadlinesOfALoopGoOnAfterOneThatFails() {
        try (Wire anna = loggedIn("anna")) {
            EngineSession session = socket("anna").session();
            CountDownLatch later = new CountDownLatch(1);
            Loop loop = session.loop();
            loop.executor().execute(() -> {
                loop.wheel()
                        .set(
                                entry(() -> {
                                    throw new OutOfMemoryError("no memory left, on purpose");
                                }),
                                loop.now());
                loop.wheel().set(entry(later::countDown), loop.now() + 500);
            });

            await("a later deadline").until(() -> later.getCount() == 0);
            assertThat(anna.isQuiet()).isTrue();
        }
    }

    private static Wheel.Entry entry(Runnable due) {
        return new Wheel.Entry() {
            @Override
            void due() {
                due.run();
            }
        };
    }

    /** A session with a link of its own, on the loop of another. */
    private static void loggedIn(TestNode node, String token, String neighbours, Link link) {
        EngineSession neighbour = socket(node, neighbours).session();
        EngineSession session = on(
                neighbour.loop(),
                () -> new EngineSession(
                        neighbour.front(),
                        neighbour.loop(),
                        new Handshake(neighbour.endpoint(), EngineIOVersion.V4, null),
                        link));
        on(session.loop(), () -> {
            session.open();
            session.received("40{\"tokenId\":\"" + token + "\"}");
            return session;
        });
        await("the login").until(() -> node.registry().sessionsOf(token).length == 1);
        await("its answer")
                .until(() -> on(session.loop(), () -> socket(node, token).isJoined()));
    }

    private Wire loggedIn(String token) {
        return loggedIn(node, token);
    }

    private static Wire loggedIn(TestNode node, String token) {
        Wire wire = Wire.connected(node.port());
        wire.send("420[\"user_login\",{\"tokenId\":\"" + token + "\"}]");
        assertThat(wire.next()).startsWith("430[{\"ok\":true");
        return wire;
    }

    private NamespaceSocket socket(String token) {
        return socket(node, token);
    }

    private static NamespaceSocket socket(TestNode node, String token) {
        return (NamespaceSocket) node.registry().sessionsOf(token)[0];
    }

    private static <T> T on(Loop loop, Supplier<T> step) {
        return CompletableFuture.supplyAsync(step, loop.executor()).join();
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Frame frame(String text) {
        return new Frame(("42[\"receive_message\",\"" + text + "\"]").getBytes(UTF_8));
    }

    /** A link whose every buffer is one too many, once it is to send. */
    private static final class WithoutMemory implements Link {
        private volatile boolean isReady;
        private volatile boolean isDropped;

        @Override
        public Transport transport() {
            return Transport.WEBSOCKET;
        }

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void drain() {
            if (isReady) {
                throw new OutOfMemoryError("no memory left, on purpose");
            }
        }

        @Override
        public int close(SessionEnd end) {
            throw new OutOfMemoryError("no memory left, on purpose");
        }

        @Override
        public void drop() {
            isDropped = true;
        }
    }

    /** Cannot be followed. */
    private static final class Failing implements Journey {
        @Override
        public void dispatched(RecordOutcome outcome) {}

        @Override
        public @Nullable Leg leg(String socketId) {
            throw new OutOfMemoryError("no memory left, on purpose");
        }
    }
}
