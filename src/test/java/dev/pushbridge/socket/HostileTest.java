package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.testkit.LeakWatch;
import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every hostile case holds on ours, and would be noticed: on netty-socketio as it comes it does not hold, or is known to.
 * Most of a case is waiting; so several are tried at a time, each on a server of its own.
 */
final class HostileTest {
    private static final Duration PING = Duration.ofSeconds(2);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final int AT_A_TIME = 6;

    private static final List<HostileCase> CASES = Stream.of(
                    TakeoverCase.values(), LeftoverCase.values(), BadInputCase.values())
            .<HostileCase>flatMap(Stream::of)
            .toList();

    private interface Trial {
        /** What came of it, in a word. */
        String of(HostileCase hostile) throws Exception;
    }

    @Test
    void everyCaseHoldsOnOurs() throws Exception {
        Map<HostileCase, String> outcomes = tryAll(HostileTest::onOurs);

        assertThat(outcomes)
                .hasSameSizeAs(CASES)
                .allSatisfy((hostile, outcome) -> assertThat(outcome).isEqualTo("holds"));
    }

    @Test
    void everyCaseIsNoticedOnStock() throws Exception {
        try (Logs logs = Logs.taken()) { // some of it at length
            Map<HostileCase, String> outcomes = tryAll(HostileTest::onStock);

            assertThat(outcomes)
                    .hasSameSizeAs(CASES)
                    .allSatisfy((hostile, outcome) -> assertThat(outcome)
                            .isIn(
                                    switch (hostile.stock()) {
                                        case FAILS -> List.of("fails");
                                        case HOLDS -> List.of("holds");
                                        case EITHER -> List.of("fails", "holds");
                                    }));
            assertThat(logs.lines()).isNotEmpty();
        } finally {
            StockServer.awaitStops();
            LeakWatch.takeLeaks(); // that netty-socketio leaks is no news, and none of the next test class
        }
    }

    private static String onOurs(HostileCase hostile) throws Exception {
        try (TestNode node = TestNode.with(
                "compression", "true",
                "new-user", "true",
                "ping-interval", "2s",
                "ping-timeout", "2s",
                "limits.request-timeout", "1s",
                "limits.upgrade-timeout", "1s")) {
            String outcome = hostile.holds(node) ? "holds" : "fails";
            node.awaitNobody();
            assertThat(node.ended(SessionEnd.INTERNAL)).as("faults of ours").isZero();
            return outcome;
        }
    }

    private static String onStock(HostileCase hostile) throws Exception {
        if (hostile.isAlone()) {
            LeakWatch.takeLeaks(); // those of the cases before
        }
        // What is known never to come is not waited for long.
        Duration patience = Duration.ofSeconds(hostile.stock() == HostileCase.Stock.HOLDS ? 10 : 1);
        try (StockServer stock = new StockServer(PING, SHORT, patience)) {
            return hostile.holds(stock) ? "holds" : "fails";
        }
    }

    private static Map<HostileCase, String> tryAll(Trial trial) throws Exception {
        Map<HostileCase, String> outcomes = new LinkedHashMap<>();
        Map<HostileCase, Future<String>> trials = new LinkedHashMap<>();
        ExecutorService together = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            for (HostileCase hostile : CASES) {
                if (!hostile.isAlone()) {
                    trials.put(hostile, together.submit(() -> outcome(trial, hostile)));
                }
            }
            for (Map.Entry<HostileCase, Future<String>> each : trials.entrySet()) {
                outcomes.put(each.getKey(), each.getValue().get(120, TimeUnit.SECONDS));
            }
        } finally {
            together.shutdownNow();
        }
        for (HostileCase hostile : CASES) {
            if (hostile.isAlone()) {
                outcomes.put(hostile, outcome(trial, hostile));
            }
        }
        return outcomes;
    }

    private static String outcome(Trial trial, HostileCase hostile) {
        try {
            return trial.of(hostile);
        } catch (Exception | AssertionError e) {
            return String.valueOf(e);
        }
    }
}
