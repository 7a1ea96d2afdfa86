package dev.pushbridge.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class FrameTest {
    private static final int ROUNDS = 2_000;
    private static final byte[] PAYLOAD = ("42[\"receive_message\",\"" + "x".repeat(100_000) + '"').getBytes(UTF_8);

    /** Another one each time that both have come. */
    private volatile Frame frame = frame();

    private final CyclicBarrier begin = new CyclicBarrier(2, () -> frame = frame());
    private final CyclicBarrier middle = new CyclicBarrier(2);

    /**
     * An event loop knows a packet that its sessions share by its bytes. The interleaving to break: two loops ask at once,
     * each makes bytes of its own, and the loop whose are not kept gets others for its next session.
     */
    @Test
    void whoAsksForTheFormWithoutACursorGetsTheSameBytesEachTime() throws Exception {
        ExecutorService loops = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> one = loops.submit(this::changes);
            Future<Integer> other = loops.submit(this::changes);
            assertThat(one.get(300, SECONDS) + other.get(300, SECONDS))
                    .as("times that they were others")
                    .isZero();
        } finally {
            loops.shutdownNow();
        }
    }

    private int changes() throws Exception {
        int changes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            begin.await(60, SECONDS);
            byte[] first = frame.packetWithoutCursor();
            middle.await(60, SECONDS);
            changes += frame.packetWithoutCursor() == first ? 0 : 1;
        }
        return changes;
    }

    private static Frame frame() {
        return Frame.of(PAYLOAD, 0, PAYLOAD.length, new Position("cursor", 1));
    }
}
