package dev.pushbridge.fault;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;

/**
 * Sends numbered events at a steady pace, and remembers who is to get which.
 *
 * <p>Four of five are for one token and in that token's partition, as the README advises. Every fifth is for several, in
 * any partition. Now and then one is sent a second time under the same id, and now and then a bad record is in between.
 */
final class Feed implements AutoCloseable {
    private static final int SEVERAL = 5;
    private static final int EVERY_SEVERAL = 5;
    private static final double RECIPIENTS_PER_EVENT = 1 + (SEVERAL - 1) / (double) EVERY_SEVERAL;
    private static final int EVERY_AGAIN = 10;
    /** How many others are between an event and its second time. */
    private static final int AGAIN_AFTER = 3;

    private static final int EVERY_BAD = 40;

    private final String name;
    private final Cluster cluster;
    private final List<String> tokens;
    private final Random random = new Random(1);
    private final int[] numbers = new int[Cluster.PARTITIONS];
    private final Map<String, Map<EventNumber, Long>> expected = new LinkedHashMap<>();
    private final Queue<Runnable> again = new ArrayDeque<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private int steps;

    /** The tokens are those of the steady pace. Nothing is for any token but what comes from here. */
    Feed(String name, Cluster cluster, List<String> tokens) {
        this.name = name;
        this.cluster = cluster;
        this.tokens = tokens;
    }

    /** Sends until the returned run is ended, so many events a second to each token in the mean. */
    Run start(double perSecondAndToken) {
        double perSecond = perSecondAndToken * tokens.size() / RECIPIENTS_PER_EVENT;
        long period = (long) (SECONDS.toNanos(1) / perSecond);
        return new Run(clock.scheduleAtFixedRate(this::step, 0, period, NANOSECONDS));
    }

    /** Sends one event to each of these tokens, in its partition. */
    void sendOneToEach(List<String> recipients) {
        now(() -> recipients.forEach(token -> send(home(token), List.of(token), Map.of())));
    }

    /** Sends the last event of every partition to all of these. */
    void sendLast(List<String> everybody) {
        now(() -> {
            for (int partition = 0; partition < Cluster.PARTITIONS; partition++) {
                send(partition, everybody, Map.of("end", true));
            }
        });
    }

    /** What each token is to get, and when it was sent. For when nothing is sent any more. */
    Map<String, Map<EventNumber, Long>> expected() {
        return expected;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private void step() {
        int step = steps++;
        if (step % EVERY_SEVERAL == 0 && tokens.size() > SEVERAL) {
            send(random.nextInt(Cluster.PARTITIONS), several(), Map.of());
        } else {
            String token = tokens.get(step % tokens.size());
            send(home(token), List.of(token), Map.of());
        }
        if (step % EVERY_BAD == 0) {
            cluster.publishBad(random.nextInt(Cluster.PARTITIONS), "bad record " + step + " of " + name);
        }
    }

    private void send(int partition, List<String> recipients, Map<String, Object> more) {
        EventNumber number = new EventNumber(partition, numbers[partition]++);
        long at = System.currentTimeMillis();
        recipients.forEach(token ->
                expected.computeIfAbsent(token, t -> new LinkedHashMap<>()).put(number, at));
        Map<String, Object> data = new LinkedHashMap<>(more);
        data.put("p", partition);
        data.put("n", number.number());
        data.put("at", at);
        String record = Json.write(Map.of(
                "tokens",
                recipients,
                "entityType",
                "fault",
                "id",
                name + "-" + partition + "-" + number.number(),
                "data",
                data));
        cluster.publish(partition, record);
        if (number.number() % EVERY_AGAIN == 0) {
            again.add(() -> cluster.publishAgain(partition, record));
        }
        if (again.size() > AGAIN_AFTER) {
            again.remove().run();
        }
    }

    private List<String> several() {
        List<String> several = new ArrayList<>();
        int first = random.nextInt(tokens.size());
        for (int i = 0; i < SEVERAL; i++) {
            several.add(tokens.get((first + i) % tokens.size()));
        }
        return several;
    }

    private static int home(String token) {
        return Math.floorMod(token.hashCode(), Cluster.PARTITIONS);
    }

    /** Behind whatever is under way; returns when the broker has it. */
    private void now(Runnable sending) {
        try {
            clock.submit(sending).get();
            cluster.flush();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("the events of " + name + " could not be sent", e);
        }
    }

    /** A time in which events are sent. */
    final class Run {
        private final ScheduledFuture<?> sending;

        private Run(ScheduledFuture<?> sending) {
            this.sending = sending;
        }

        /** Returns when the broker has the last one. */
        void end() {
            boolean wasRunning = sending.cancel(false);
            assertThat(wasRunning)
                    .as("the events of %s were sent to the end", name)
                    .isTrue();
            now(() -> {});
        }
    }
}
