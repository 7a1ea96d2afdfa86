package dev.pushbridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.fault.Events.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of the fault suite: whatever breaks, every client gets every event once and in order. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FaultsIT {
    private static final Heartbeat HEARTBEAT = new Heartbeat(Duration.ofSeconds(1), Duration.ofMillis(1500));
    private static final List<String> SMALL_JVM = List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final int NODES = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static Bridges bridges;
    private static Events events;

    @BeforeAll
    static void start() {
        bridges = Bridges.start("short", HEARTBEAT, NODES, SMALL_JVM, Scale.SHORT);
        events = bridges.events();
    }

    @AfterAll
    static void stop() {
        bridges.close();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"JITTER", "QUIET"}) // the one is ROAMED at length; the other AbsenceIT has, where no time matters
    @Order(1)
    void everyClientGetsEveryEventOnceAndInOrderOrIsTold(Fault fault) {
        Score score = Drive.run(fault, bridges.of(fault), Scale.SHORT);

        System.out.print(FaultTable.of(List.of(score)));
        assertThat(score.expected()).isGreaterThan(score.clients() * (Cluster.PARTITIONS + 1));
        assertThat(score.returns()).as("the fault was felt: %s", score).isPositive();
        Verdict.assertKept(score);
    }

    @Test
    @Order(2)
    void stockSocketIoLosesEventsSoTheSuiteCanFail() {
        try (StockCluster stock = new StockCluster(Contender.STOCK, HEARTBEAT, 2)) {
            stock.startNodes();
            Score score = Drive.run(Fault.ROAMED, stock, Scale.SHORT);

            System.out.print(FaultTable.of(List.of(score)));
            assertThat(score.lost()).isPositive();
        }
    }

    @Test
    @Order(3)
    void badRecordIsOneDeadLetterHoweverManyNodesSeeIt() {
        assertThat(bridges.nodes()).hasSize(3);
        events.awaitGroup(bridges.nodes().size()); // where one has just been killed, a dead letter may be there twice
        List<Place> before = events.badRecords();
        for (int i = 0; i < 3 * Cluster.PARTITIONS; i++) {
            events.publishBad(i % Cluster.PARTITIONS, "bad record " + i);
        }
        List<Place> bad = new ArrayList<>(events.badRecords());
        bad.removeAll(before);

        events.awaitDeadLetters(bad);
        assertThat(events.settledDeadLetters()).filteredOn(bad::contains).doesNotHaveDuplicates();
    }

    /** The node is killed while it has the dead letter in its hands, held there by a topic that takes none. */
    @Test
    @Order(4)
    void nodeThatIsKilledBeforeItWritesADeadLetterLosesNoneAndDoublesNone() {
        events.awaitGroup(bridges.nodes().size());
        List<Place> before = events.badRecords();
        events.refuseDeadLetters();
        events.publishBad(0, "bad record");
        List<Place> bad = new ArrayList<>(events.badRecords());
        bad.removeAll(before);
        BridgeProcess holder = Awaitility.await("a node to hold the dead letter")
                .atMost(PATIENCE)
                .until(
                        () -> bridges.nodes().stream()
                                .filter(BridgeProcess::holdsDeadLetters)
                                .findAny(),
                        Optional::isPresent)
                .orElseThrow();

        holder.kill();
        events.takeDeadLetters();

        events.awaitDeadLetters(bad);
        assertThat(events.settledDeadLetters()).filteredOn(bad::contains).doesNotHaveDuplicates();
        holder.start();
    }

    /** With nodes killed, frozen and restarted under load. One may be there twice, as the README says. */
    @Test
    @Order(5)
    void everyBadRecordOfAllTheFaultsIsADeadLetter() {
        List<Place> bad = events.badRecords();
        assertThat(bad).isNotEmpty();
        events.awaitDeadLetters(bad);
    }
}
