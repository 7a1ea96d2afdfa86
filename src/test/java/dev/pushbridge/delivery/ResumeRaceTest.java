package dev.pushbridge.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Nowhere;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One thread dispatches as the tail does, others come and go: what they get must have no hole and nothing twice. */
final class ResumeRaceTest {
    private static final int PARTITIONS = 2;
    private static final int VISITS = 300;
    private static final int MOST_EVENTS = 400_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Node> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        nodes.forEach(node -> node.logins.close());
    }

    /**
     * Login against dispatch. The interleavings to break: an event is dispatched between the look into the window and the
     * entry into the registry, and is in neither; or after both, and is in both.
     */
    @Test
    void loginDuringDispatchMissesNothingAndDoublesNothing() throws Exception {
        Node node = node(Duration.ofHours(1), 64 << 20);
        Visitor visitor = new Visitor();
        Future<Integer> dispatching = threads.submit(() -> node.dispatchUntil(() -> visitor.visits.get() >= VISITS));
        while (!dispatching.isDone()) {
            visitor.visit(node);
        }
        visitor.visit(node);
        visitor.assertHasAll(dispatching.get(60, TimeUnit.SECONDS));
    }

    /**
     * Resume against eviction: the window holds a few hundred events only, and the visitor is away for about as many. The
     * interleaving to break: what the client needs is dropped between the check that it is there and the reading, which goes
     * on outside the lock.
     */
    @Test
    void resumeDuringEvictionIsWholeOrTold() throws Exception {
        Node node = node(Duration.ofHours(1), 64 << 10);
        Visitor visitor = new Visitor();
        Future<Integer> dispatching =
                threads.submit(() -> node.dispatchUntil(() -> visitor.visits.get() >= VISITS && visitor.hasSeenBoth()));
        while (!dispatching.isDone()) {
            visitor.visit(node);
            int back = node.dispatched + visitor.visits.get() % 10 * 100;
            while (node.dispatched < back && !dispatching.isDone()) {
                Thread.onSpinWait();
            }
        }
        visitor.visit(node);
        assertThat(dispatching.get(60, TimeUnit.SECONDS)).isPositive();
        visitor.assertEachOnceInOrder();
        assertThat(visitor.hasSeenBoth()).as("whole, and told").isTrue();
        assertThat(visitor.silentHoles).as("holes that nobody told of").isEmpty();
    }

    /**
     * Resume on two nodes, which read two partitions each at its own pace. The interleavings to break: a client comes from
     * the node that was further in one partition and less far in the other, and gets something again, or never.
     */
    @Test
    void resumeOnTwoNodesThatReadInDifferentOrder() throws Exception {
        Node one = node(Duration.ofHours(1), 64 << 20);
        Node other = node(Duration.ofHours(1), 64 << 20);
        List<Future<?>> dispatching = List.of(
                threads.submit(() -> one.dispatchBoth(10_000, 7)),
                threads.submit(() -> other.dispatchBoth(10_000, 90)));
        Visitor visitor = new Visitor();
        while (dispatching.stream().anyMatch(future -> !future.isDone())) {
            visitor.visit(one);
            visitor.visit(other);
        }
        for (Future<?> future : dispatching) {
            future.get(60, TimeUnit.SECONDS);
        }
        visitor.visit(one);
        visitor.assertHasAll(10_000, 10_000);
    }

    private Node node(Duration keep, long bytes) {
        Node node = new Node(keep, bytes);
        nodes.add(node);
        return node;
    }

    private static final class Node {
        /** Written by the thread that dispatches. */
        private volatile int dispatched;

        private final SessionRegistry registry = new SessionRegistry();
        private final Dispatcher dispatcher;
        private final Logins logins;

        Node(Duration keep, long bytes) {
            dispatcher = new Dispatcher(
                    registry,
                    new ReplayWindow(keep, keep, bytes),
                    new Nowhere(),
                    new PushMetrics(new SimpleMeterRegistry()),
                    new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                    Receipts.UNHEARD);
            dispatcher.begin(1);
            for (int p = 0; p < PARTITIONS; p++) {
                dispatcher.begin(p, 0);
            }
            dispatcher.ready();
            logins = new Logins(dispatcher, registry, 0, Duration.ofSeconds(30));
        }

        /** Returns how many it were. */
        int dispatchUntil(BooleanSupplier enough) {
            int offset = 0;
            while (!enough.getAsBoolean() && offset < MOST_EVENTS) {
                dispatchOne(0, offset++);
                dispatched = offset;
            }
            return offset;
        }

        /** In runs: so many of one partition, then as many of the other. */
        void dispatchBoth(int count, int run) {
            for (int from = 0; from < count; from += run) {
                for (int p = 0; p < PARTITIONS; p++) {
                    for (int offset = from; offset < Math.min(count, from + run); offset++) {
                        dispatchOne(p, offset);
                    }
                }
            }
        }

        private void dispatchOne(int partition, int offset) {
            RawJson data = RawJson.of(String.valueOf(offset * PARTITIONS + partition));
            dispatcher.dispatch(
                    partition, offset, 1, 1, new PushEvent(List.of("anna"), "", data, null, null, null), null);
            dispatcher.flush();
        }
    }

    /** Comes with the cursor that it left with, stays for a few events, and leaves. */
    private static final class Visitor {
        private final List<List<Integer>> received = List.of(new ArrayList<>(), new ArrayList<>());
        private @Nullable String cursor;
        private final AtomicInteger visits = new AtomicInteger();
        private final AtomicInteger resyncs = new AtomicInteger();
        private final AtomicInteger recoveries = new AtomicInteger();
        /** Whether a hole is expected: it was told of one, and nothing has come since. */
        private boolean isTold;

        private final List<String> silentHoles = new ArrayList<>();

        void visit(Node node) throws Exception {
            Stay stay = new Stay();
            CompletableFuture<Boolean> in = new CompletableFuture<>();
            Cursor since = cursor == null ? Cursor.of("AQAAAAECAAA") : Cursor.of(cursor); // both partitions at 0
            node.logins.login(stay, new Login("anna", null, Instant.EPOCH), since, new Logins.LoginAnswer() {
                @Override
                public void loggedIn(Logins.LoggedIn login) {
                    if (login.resync() != null) {
                        resyncs.incrementAndGet();
                        isTold = true;
                    } else if (login.missed().remaining() > 0) {
                        recoveries.incrementAndGet();
                    }
                    if (login.missed().remaining() == 0) {
                        stay.last = login.position().cursor();
                    }
                    while (login.missed().remaining() > 0) {
                        stay.frames.add(login.missed().next());
                    }
                    in.complete(true);
                }

                @Override
                public void tooMany(int limit) {
                    in.completeExceptionally(new AssertionError("too many"));
                }

                @Override
                public void tooEarly() {
                    in.completeExceptionally(new AssertionError("too early"));
                }
            });
            in.get(30, TimeUnit.SECONDS);
            node.registry.logout(stay);
            synchronized (stay) { // what is handed out after this does not arrive
                stay.left = true;
                stay.frames.forEach(this::receive);
                cursor = stay.frames.isEmpty() ? stay.last : cursorOf(stay.frames.get(stay.frames.size() - 1));
            }
            visits.incrementAndGet();
        }

        private void receive(Frame frame) {
            String packet = new String(frame.packet(), UTF_8);
            int data = Integer.parseInt(packet.replaceAll(".*\"data\":(\\d+).*", "$1"));
            List<Integer> partition = received.get(data % PARTITIONS);
            int offset = data / PARTITIONS;
            int expected = partition.isEmpty() ? 0 : partition.get(partition.size() - 1) + 1;
            if (offset != expected && !isTold) {
                silentHoles.add(offset + " instead of " + expected);
            }
            isTold = false;
            partition.add(offset);
        }

        private static String cursorOf(Frame frame) {
            String packet = new String(frame.packet(), UTF_8);
            return packet.substring(packet.lastIndexOf(",\"") + 2, packet.length() - 2);
        }

        boolean hasSeenBoth() {
            return resyncs.get() > 0 && recoveries.get() > 0;
        }

        void assertHasAll(int... counts) {
            assertThat(resyncs).hasValue(0);
            for (int p = 0; p < counts.length; p++) {
                List<Integer> all = new ArrayList<>();
                for (int offset = 0; offset < counts[p]; offset++) {
                    all.add(offset);
                }
                assertThat(received.get(p)).isEqualTo(all);
            }
        }

        void assertEachOnceInOrder() {
            for (List<Integer> partition : received) {
                for (int i = 1; i < partition.size(); i++) {
                    assertThat(partition.get(i)).isGreaterThan(partition.get(i - 1));
                }
            }
        }
    }

    private static final class Stay implements Session {
        private final List<Frame> frames = new ArrayList<>();
        private String last = "";
        private boolean left;

        @Override
        public String id() {
            return "stay";
        }

        @Override
        public synchronized void send(Frame frame) {
            if (!left) {
                frames.add(frame);
            }
        }

        @Override
        public void resync(ResyncReason reason, Position now) {}

        @Override
        public CompletableFuture<Progress> progress() {
            throw new AssertionError("nobody asks here");
        }

        @Override
        public void end(SessionEnd end) {
            throw new AssertionError();
        }
    }
}
