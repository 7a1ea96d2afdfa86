package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Journey;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.Missed;
import dev.pushbridge.replay.ReplayWindow;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that has missed much, and what it costs the others: their turn on the loop, and memory. */
final class LongReplayTest {
    private static final int EVENT_BYTES = 10_000;
    private static final long OVER_ANY_BOUND = 1L << 40;

    private final TestNode node = TestNode.with("event-loops", "1");
    private final Wire ben = loggedIn("ben");
    private final NamespaceSocket neighbour = socket("ben");
    private final Loop loop = neighbour.session().loop();
    /** Takes whatever it is sent, at once, unless it is told that it does not. */
    private final EmbeddedChannel channel = new EmbeddedChannel();

    private final EmbeddedChannel another = new EmbeddedChannel();

    private final ReplayWindow window = new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 4 << 20);
    private long offset;

    @AfterEach
    void stop() {
        ben.close();
        channel.finishAndReleaseAll();
        another.finishAndReleaseAll();
        node.close();
    }

    /** The interleaving to break: all that was missed is on its way before anybody else's turn comes. */
    @Test
    void neighbourIsServedBetweenTwoPartsOfALongReplay() {
        EngineSession anna = connected("anna");
        Missed missed = missed(90);
        CountDownLatch goesOn = hold();
        loop.executor().execute(() -> {
            anna.replay(missed);
            anna.drain();
        });
        CompletableFuture<Integer> atItsTurn = new CompletableFuture<>();
        node.push("ben", frame("hello").on(new Followed(() -> atItsTurn.complete(missed.remaining()))));
        goesOn.countDown();

        assertThat(ben.next()).isEqualTo("42[\"receive_message\",\"hello\"]");
        assertThat(atItsTurn.join())
                .as("what anna still has to be sent by then")
                .isPositive();
        await("the rest").until(() -> node.deliveries(DeliveryOutcome.WRITTEN) == 91);
        assertThat(on(anna::isReplaying)).isFalse();
        assertThat(on(this::bytesSent)).isGreaterThan(90 * EVENT_BYTES);
    }

    /** Nothing is written to it meanwhile, so that only the clock comes by. */
    @Test
    void whoTakesNothingIsLetGoWhenTheWindowHasDroppedAsMuchAgain() {
        EngineSession anna = connected("anna");
        Missed missed = missed(50);
        on(() -> {
            takesNothing(channel);
            anna.replay(missed);
            anna.drain();
            anna.due();
            return missed;
        });
        add("somebody", 400);
        assertThat(on(() -> {
                    anna.due();
                    return anna.isOpen();
                }))
                .as("open when the window has just dropped it")
                .isTrue();
        add("somebody", 400);
        on(() -> {
            anna.due();
            return missed;
        });
        assertThat(node.ended(SessionEnd.SLOW)).isEqualTo(1);
        assertThat(node.deliveries(DeliveryOutcome.SLOW)).isEqualTo(50);
        assertThat(node.backlogBytes()).isZero();
    }

    @Test
    void whoGoesOnTooLateIsLetGoAtItsNextPart() {
        EngineSession anna = connected("anna");
        Missed missed = missed(50);
        on(() -> {
            takesNothing(channel);
            anna.replay(missed);
            return missed;
        });
        add("somebody", 900);
        on(() -> {
            takesAll();
            anna.drain();
            return missed;
        });
        assertThat(node.ended(SessionEnd.SLOW)).isEqualTo(1);
        assertThat(node.deliveries(DeliveryOutcome.SLOW)).isEqualTo(50);
    }

    /** Between two tabs that share an event which both have to wait for. */
    @Test
    void replayBetweenTwoBatchesLeavesTheirEventInMemoryOnce() {
        EngineSession anna = connected("anna");
        EngineSession carla = connected("carla", another);
        Missed missed = missed(1);
        Frame shared = frame("x".repeat(EVENT_BYTES));
        on(() -> {
            takesNothing(channel);
            takesNothing(another);
            return missed;
        });
        node.push("anna", shared);
        await("the first to wait").until(() -> on(anna::unwritten) == 1);
        on(() -> {
            neighbour.session().replay(missed);
            neighbour.session().drain();
            return missed;
        });
        node.push("carla", shared);
        await("the second to wait").until(() -> on(carla::unwritten) == 1);
        await("what was missed").until(() -> node.deliveries(DeliveryOutcome.WRITTEN) == 1);

        assertThat(node.backlogBytes()).isEqualTo(shared.size());
    }

    /** Its rest waits for the loop's next turn, not for the client; what others have to wait for is more than the bound. */
    @Test
    void whoTakesAllItIsSentIsNotEndedForWhatComesBetweenTwoPartsOfItsReplay() {
        EngineSession anna = connected("anna");
        Missed missed = missed(90);
        boolean isOpen = on(() -> {
            loop.queued(OVER_ANY_BOUND);
            anna.replay(missed);
            anna.drain();
            anna.received("421[\"nobody\"]"); // is answered
            anna.received("422[\"nobody\"]");
            loop.queued(-OVER_ANY_BOUND);
            return anna.isOpen();
        });

        assertThat(isOpen).isTrue();
        await("the rest").until(() -> node.deliveries(DeliveryOutcome.WRITTEN) == 90);
    }

    private static void takesNothing(EmbeddedChannel channel) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    }

    private void takesAll() {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    }

    private int bytesSent() {
        return channel.outboundMessages().stream()
                .mapToInt(message -> ((ByteBuf) message).readableBytes())
                .sum();
    }

    // ---- what was missed

    /** So many events, in a window that has just begun. */
    private Missed missed(int events) {
        window.begin(7);
        window.begin(0, 0);
        Cursor since = Cursor.of(window.position().cursor());
        add("anna", events);
        return window.missed("anna", since);
    }

    private void add(String token, int events) {
        byte[] payload = ("42[\"receive_message\",\"" + "x".repeat(EVENT_BYTES) + '"').getBytes(UTF_8);
        for (int i = 0; i < events; i++) {
            window.advance(1000, 1000);
            window.add(
                    0,
                    offset,
                    new PushEvent(List.of(token), "", RawJson.of("{}"), null, null, null),
                    payload,
                    payload.length);
            offset++;
            window.reach(0, offset);
        }
    }

    // ---- who is there

    private EngineSession connected(String token) {
        return connected(token, channel);
    }

    private EngineSession connected(String token, EmbeddedChannel its) {
        on(() -> {
            WebSocketLink link = new WebSocketLink(
                    its,
                    Goodbye.FRAME,
                    neighbour.session().front(),
                    loop,
                    new Handshake(neighbour.session().endpoint(), EngineIOVersion.V4, null));
            its.pipeline().addLast(link);
            link.begin();
            return its.writeInbound(new TextWebSocketFrame("40{\"tokenId\":\"" + token + "\"}"));
        });
        await("the login").until(() -> node.registry().sessionsOf(token).length == 1);
        await("its answer").until(() -> on(() -> socket(token).isJoined()));
        return socket(token).session();
    }

    private Wire loggedIn(String token) {
        Wire wire = Wire.connected(node.port());
        wire.send("420[\"user_login\",{\"tokenId\":\"" + token + "\"}]");
        assertThat(wire.next()).startsWith("430[{\"ok\":true");
        return wire;
    }

    private NamespaceSocket socket(String token) {
        return (NamespaceSocket) node.registry().sessionsOf(token)[0];
    }

    private static Frame frame(String text) {
        return new Frame(("42[\"receive_message\",\"" + text + "\"]").getBytes(UTF_8));
    }

    private <T> T on(Supplier<T> step) {
        return CompletableFuture.supplyAsync(step, loop.executor()).join();
    }

    private CountDownLatch hold() {
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

    /** Says when its one delivery was handed to the channel and left. */
    private record Followed(Runnable written) implements Journey {
        @Override
        public void dispatched(RecordOutcome outcome) {}

        @Override
        public Leg leg(String socketId) {
            return new Leg() {
                @Override
                public void written() {
                    written.run();
                }

                @Override
                public void acknowledged() {}
            };
        }
    }
}
