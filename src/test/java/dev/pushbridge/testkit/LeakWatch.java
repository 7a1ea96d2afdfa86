package dev.pushbridge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Netty's leak detector at its strictest, over the whole test run: every test class that used Netty fails if anything
 * that it allocated was not released. Found by JUnit by itself; no test names it.
 */
public final class LeakWatch implements LauncherSessionListener, AfterAllCallback {
    private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();
    private static final AtomicLong TRACKED = new AtomicLong();

    /** Before anything of Netty is loaded: it reads these once. */
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        System.setProperty("io.netty.leakDetection.level", "paranoid");
        System.setProperty("io.netty.customResourceLeakDetector", Detector.class.getName());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (TRACKED.getAndSet(0) > 0) {
            assertThat(takeLeaks()).as("what Netty's leak detector reports").isEmpty();
        }
    }

    /**
     * What has leaked so far and was not taken yet. The detector learns of a leak when the garbage collector does; so
     * one buffer is leaked on purpose each time, and is waited for. It proves that the detector works.
     */
    public static List<String> takeLeaks() {
        String canary = "canary " + UUID.randomUUID();
        leak(canary);
        Awaitility.await(canary).atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            PooledByteBufAllocator.DEFAULT.heapBuffer(1).release(); // the detector reports when something is allocated
            return REPORTS.stream().anyMatch(report -> report.contains(canary));
        });
        List<String> leaks =
                REPORTS.stream().filter(report -> !report.contains("canary ")).toList();
        REPORTS.clear();
        return leaks;
    }

    /** Allocates a buffer, with words to know it by, and forgets it. */
    static void leak(String words) {
        ByteBuf forgotten = PooledByteBufAllocator.DEFAULT.heapBuffer(1);
        forgotten.touch(words);
    }

    /** Made by Netty, one for each kind of resource. */
    public static final class Detector<T> extends ResourceLeakDetector<T> {
        public Detector(Class<?> resourceType, int samplingInterval) {
            super(resourceType, samplingInterval);
        }

        /** Netty looks for this constructor too. */
        public Detector(Class<?> resourceType, int samplingInterval, long ignored) {
            super(resourceType, samplingInterval);
        }

        @Override
        public ResourceLeakTracker<T> track(T resource) {
            TRACKED.incrementAndGet();
            return super.track(resource);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            REPORTS.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            REPORTS.add(resourceType);
        }
    }
}
