package dev.pushbridge.socket;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.SessionEnd;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures what a client costs that does not read: 200 MB pushed at it with the default bounds, in memory and in the
 * latency of 20 others. It comes back each time it is closed, and reads no more than before. A main class, because a
 * measurement wants the machine for itself; the tests hold the bounds.
 */
final class SlowClientCost {
    private static final int OTHERS = 20;
    private static final long PUSHED_BYTES = 200L << 20;
    private static final String LARGE = "x".repeat(20_000);
    private static final int ROUNDS = 3;

    private final TestNode node = TestNode.with("limits.packets-per-second", "0");
    private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
    private final List<Raw> others = new ArrayList<>();
    private Raw slow = connectSlow();

    private SlowClientCost() {}

    public static void main(String[] arguments) {
        SlowClientCost cost = new SlowClientCost();
        cost.connectOthers();
        cost.latency(2, () -> {}); // warm
        cost.memory();
        for (int round = 1; round <= ROUNDS; round++) {
            long[] alone = cost.latency(8, () -> {});
            long[] beside = cost.latency(8, cost::pushMuch);
            System.out.printf(
                    Locale.ROOT,
                    "others' latency, round %d: alone p50 %d us, p99 %d us; beside it p50 %d us (x %.2f), p99 %d us (x %.2f)%n",
                    round,
                    alone[0],
                    alone[1],
                    beside[0],
                    (double) beside[0] / alone[0],
                    beside[1],
                    (double) beside[1] / alone[1]);
        }
        System.exit(0);
    }

    /** Pushes 200 MB and looks at what is held after every megabyte; the heap after a collection, every 20. */
    private void memory() {
        long heapBefore = heap();
        long directBefore = PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
        long backlog = 0;
        long direct = 0;
        long heap = 0;
        long endsBefore = node.ended(SessionEnd.SLOW);
        for (long pushed = 0, looks = 0; pushed < PUSHED_BYTES; looks++) {
            for (int i = 0; i < 50; i++, pushed += LARGE.length()) {
                pushSlow();
            }
            backlog = Math.max(backlog, node.backlogBytes());
            direct = Math.max(direct, PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() - directBefore);
            if (looks % 20 == 0) {
                heap = Math.max(heap, heap() - heapBefore);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "200 MB pushed: at most %.1f MB waiting, heap +%.1f MB, direct +%.1f MB; ended %d times as slow,"
                        + " %d deliveries slow, %d closed%n",
                backlog / 1048576.0,
                heap / 1048576.0,
                direct / 1048576.0,
                node.ended(SessionEnd.SLOW) - endsBefore,
                node.deliveries(DeliveryOutcome.SLOW),
                node.deliveries(DeliveryOutcome.CLOSED));
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void pushSlow() {
        if (node.push("slow", LARGE) == 0) {
            slow.close();
            slow = connectSlow();
        }
    }

    private Raw connectSlow() {
        Raw raw = Raw.lazyTo(node.port());
        raw.upgrade(Raw.WEBSOCKET);
        raw.text("40{\"tokenId\":\"slow\"}");
        while (node.registry().sessionsOf("slow").length == 0) {
            LockSupport.parkNanos(100_000);
        }
        return raw;
    }

    private void connectOthers() {
        for (int i = 0; i < OTHERS; i++) {
            Raw raw = Raw.connected(node.port());
            raw.text("420[\"user_login\",{\"tokenId\":\"other\"}]").next();
            others.add(raw);
            Thread reader = new Thread(() -> read(raw), "other-" + i);
            reader.setDaemon(true);
            reader.start();
        }
    }

    private void read(Raw raw) {
        for (String packet = raw.next(); !packet.equals(Raw.END); packet = raw.next()) {
            if (packet.startsWith("42")) {
                long sent = Long.parseLong(packet.split("\"", -1)[3]);
                latencies.add(System.nanoTime() - sent);
            }
        }
    }

    /** 260 KB, which is 26 MB a second at a hundred times. */
    private void pushMuch() {
        for (int i = 0; i < 13; i++) {
            pushSlow();
        }
    }

    /** 100 events a second to all others, with something before each. Microseconds: p50, p99. */
    private long[] latency(int seconds, Runnable before) {
        latencies.clear();
        long begin = System.nanoTime();
        for (int tick = 0; tick < seconds * 100; tick++) {
            long due = begin + TimeUnit.MILLISECONDS.toNanos(10L * tick);
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            before.run();
            node.push("other", String.valueOf(System.nanoTime()));
        }
        LockSupport.parkNanos(200_000_000);
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length != OTHERS * seconds * 100) {
            throw new AssertionError(sorted.length + " of " + OTHERS * seconds * 100 + " arrived");
        }
        return Arrays.stream(new long[] {sorted[sorted.length / 2], sorted[sorted.length * 99 / 100]})
                .map(TimeUnit.NANOSECONDS::toMicros)
                .toArray();
    }
}
