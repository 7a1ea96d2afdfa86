package dev.pushbridge.socket;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Measures what a record with 10 000 recipients costs the others: the latency of 20 clients who get 100 events a second, each
 * event by itself and ten times a second right behind such a record. Of its recipients some thousand are on this node, the
 * first argument says how many. A main class, because a measurement wants the machine for itself.
 */
final class WideRecordCost {
    private static final int RECIPIENTS = 10_000;
    private static final int OTHERS = 20;
    private static final int ROUNDS = 3;

    private final TestNode node = TestNode.with("ping-interval", "5m", "limits.connections-per-address", "0");
    private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
    private final List<Raw> here = new ArrayList<>();
    private final PushEvent wide =
            event(IntStream.range(0, RECIPIENTS).mapToObj(i -> "token" + i).toList(), "\"to all of them\"");
    private long longest;

    private WideRecordCost() {}

    public static void main(String[] arguments) {
        WideRecordCost cost = new WideRecordCost();
        int here = arguments.length == 0 ? 2000 : Integer.parseInt(arguments[0]);
        cost.connect(here);
        cost.latency(2, tick -> {}); // warm
        cost.latency(2, cost::wideRecord);
        for (int round = 1; round <= ROUNDS; round++) {
            long[] alone = cost.latency(5, tick -> {});
            cost.longest = 0;
            long[] beside = cost.latency(5, cost::wideRecord);
            System.out.printf(
                    Locale.ROOT,
                    "10 000 recipients, %d here, round %d: others' latency alone p50 %d us, p99 %d us, most %d us;"
                            + " beside it p50 %d us, p99 %d us, most %d us; it was handed out in %d us at most%n",
                    here,
                    round,
                    alone[0],
                    alone[1],
                    alone[2],
                    beside[0],
                    beside[1],
                    beside[2],
                    cost.longest / 1000);
        }
        System.exit(0);
    }

    /** Those of the record do not read: the kernel takes all of it. */
    private void connect(int count) {
        for (int i = 0; i < count; i++) {
            Raw raw = Raw.connected(node.port());
            raw.text("420[\"user_login\",{\"tokenId\":\"token" + i + "\"}]").next();
            here.add(raw);
        }
        for (int i = 0; i < OTHERS; i++) {
            Raw raw = Raw.connected(node.port());
            raw.text("420[\"user_login\",{\"tokenId\":\"other\"}]").next();
            Thread reader = new Thread(() -> read(raw), "other-" + i);
            reader.setDaemon(true);
            reader.start();
        }
    }

    private void read(Raw raw) {
        for (String packet = raw.next(); !packet.equals(Raw.END); packet = raw.next()) {
            if (packet.startsWith("42[\"receive_message\"")) {
                String sent = packet.replaceFirst(".*\"data\":(\\d+).*", "$1");
                latencies.add(System.nanoTime() - Long.parseLong(sent));
            }
        }
    }

    private void wideRecord(int tick) {
        if (tick % 10 == 0) {
            long begin = System.nanoTime();
            node.dispatch(wide);
            longest = Math.max(longest, System.nanoTime() - begin);
        }
    }

    private interface Before {
        void tick(int tick);
    }

    /** 100 events a second to all others, with something before each. Microseconds: p50, p99, the most. */
    private long[] latency(int seconds, Before before) {
        latencies.clear();
        long begin = System.nanoTime();
        for (int tick = 0; tick < seconds * 100; tick++) {
            long due = begin + TimeUnit.MILLISECONDS.toNanos(10L * tick);
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            long sent = System.nanoTime();
            before.tick(tick);
            node.dispatch(event(List.of("other"), String.valueOf(sent)));
            node.flush();
        }
        LockSupport.parkNanos(500_000_000);
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length != OTHERS * seconds * 100) {
            throw new AssertionError(sorted.length + " of " + OTHERS * seconds * 100 + " arrived");
        }
        return Arrays.stream(new long[] {
                    sorted[sorted.length / 2], sorted[sorted.length * 99 / 100], sorted[sorted.length - 1]
                })
                .map(TimeUnit.NANOSECONDS::toMicros)
                .toArray();
    }

    private static PushEvent event(List<String> tokens, String data) {
        return new PushEvent(tokens, "", RawJson.of(data), null, null, null);
    }
}
