package dev.pushbridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** What is lost, doubled or out of order is counted as such: else a green suite would say nothing. */
final class ScoreTest {
    private static final EventNumber A0 = new EventNumber(0, 0);
    private static final EventNumber A1 = new EventNumber(0, 1);
    private static final EventNumber A2 = new EventNumber(0, 2);
    private static final EventNumber B0 = new EventNumber(1, 0);

    @Test
    void everythingOnceAndInTheOrderOfItsPartitionIsNoFault() {
        Score score = score(List.of(A0, A1, B0, A2), A0, B0, A1, A2);

        assertThat(score.expected()).isEqualTo(4);
        assertThat(score.lost() + score.doubled() + score.outOfOrder() + score.foreign())
                .isZero();
    }

    @Test
    void whatNeverCameIsLost() {
        assertThat(score(List.of(A0, A1, A2), A0, A2).lost()).isEqualTo(1);
        assertThat(score(List.of(A0, A1, A2)).lost()).isEqualTo(3);
    }

    @Test
    void whatIsLostIsSilentUnlessTheClientWasTold() {
        Map<String, Map<EventNumber, Long>> due = Map.of("anna", Map.of(A0, 1L, A1, 2L), "ben", Map.of(A0, 1L));
        Seen told = new Seen("anna", List.of(), List.of(), 1, List.of(3.0), 0);

        assertThat(Score.of(
                                Fault.CUT,
                                Contender.BRIDGE,
                                due,
                                List.of(told, new Seen("ben", List.of(), List.of(), 1, List.of(), 0)))
                        .silent())
                .isEqualTo(1);
        assertThat(Score.of(Fault.CUT, Contender.BRIDGE, due, List.of(told)).silent())
                .isZero();
    }

    @Test
    void beingToldExcusesOnlyWhatWasSentBefore() {
        Map<String, Map<EventNumber, Long>> due = Map.of("anna", Map.of(A0, 1L, A1, 3L, A2, 4L));
        Seen told = new Seen("anna", List.of(A2), List.of(), 1, List.of(2.0), 0);

        Score score = Score.of(Fault.CUT, Contender.BRIDGE, due, List.of(told));

        assertThat(score.lost()).isEqualTo(2);
        assertThat(score.silent()).as("the one that was sent afterwards").isEqualTo(1);
    }

    @Test
    void whatComesAgainIsDoubledEachTimeAndHidesNoLoss() {
        Score score = score(List.of(A0, A1), A0, A0, A0);

        assertThat(score.doubled()).isEqualTo(2);
        assertThat(score.lost()).isEqualTo(1);
    }

    @Test
    void whatComesBehindALaterOneOfItsPartitionIsOutOfOrder() {
        Score score = score(List.of(A0, A1, A2, B0), A2, A0, A1, B0);

        assertThat(score.outOfOrder()).isEqualTo(2);
        assertThat(score.lost()).isZero();
    }

    @Test
    void whatWasForSomebodyElseIsForeign() {
        assertThat(score(List.of(A0), A0, B0).foreign()).isEqualTo(1);
    }

    @Test
    void returnsAreSummedUpAndOnlyThoseWithSomethingToReplayHaveATime() {
        List<Seen.Return> returns = List.of(
                new Seen.Return(10, true, 0, 0), new Seen.Return(30, true, 2, 5), new Seen.Return(20, false, 1, 7));
        Score score = Score.of(
                Fault.CUT,
                Contender.BRIDGE,
                Map.of("anna", Map.of()),
                List.of(new Seen("anna", List.of(), returns, 3, List.of(1.0), 0)));

        assertThat(score.returns()).isEqualTo(3);
        assertThat(score.recovered()).isEqualTo(2);
        assertThat(score.missed()).isEqualTo(3);
        assertThat(score.replay()).isEqualTo(new Score.Percentiles(5, 7, 7));
        assertThat(score.longestAwayMillis()).isEqualTo(30);
        assertThat(score.resyncs()).isEqualTo(1);
    }

    @Test
    void percentilesAreByNearestRank() {
        assertThat(Score.Percentiles.of(DoubleStream.iterate(100, n -> n - 1).limit(100)))
                .isEqualTo(new Score.Percentiles(50, 95, 99));
        assertThat(Score.Percentiles.of(DoubleStream.empty())).isEqualTo(new Score.Percentiles(0, 0, 0));
    }

    private static Score score(List<EventNumber> due, EventNumber... received) {
        return Score.of(
                Fault.CUT,
                Contender.BRIDGE,
                Map.of("anna", due.stream().collect(Collectors.toMap(event -> event, event -> 1L))),
                List.of(new Seen("anna", Arrays.asList(received), List.of(), 0, List.of(), 0)));
    }
}
