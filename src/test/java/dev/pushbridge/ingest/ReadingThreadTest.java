package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Unspeakable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ReadingThreadTest {
    private final AtomicInteger begun = new AtomicInteger();
    private final ReadingThread thread = new ReadingThread("push-test", this::read);

    /** Not what is read, which a reading answers for itself, but what it does about that. */
    @Test
    void readingThatFailsAtItsOwnFailureIsBegunAgain() {
        try (Logs logs = Logs.taken()) {
            thread.start();

            await().until(() -> begun.get() == 2);
            assertThat(logs.lines()).contains("Beginning again: on purpose");
        }
        thread.stop();

        assertThat(thread.isRunning()).isFalse();
        assertThat(begun).hasValue(2);
    }

    private void read() {
        if (begun.incrementAndGet() == 1) {
            throw new NoClassDefFoundError("on purpose");
        }
        while (!thread.isStopping()) {
            thread.awaitRetry();
        }
    }

    @Test
    void whatCannotBeToldFailsNobody() {
        ReadingThread.tell(LoggerFactory.getLogger(ReadingThreadTest.class), "Waiting", new Unspeakable());
    }
}
