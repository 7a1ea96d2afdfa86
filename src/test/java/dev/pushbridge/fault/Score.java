package dev.pushbridge.fault;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * One fault at one contender, counted at the clients.
 *
 * @param expected deliveries that were due, of one event to one client
 * @param lost of these, those that never came
 * @param silent of these, those of which the client was never told afterwards that it had missed something
 * @param doubled deliveries of an event that the client had already
 * @param outOfOrder deliveries of an event behind a later one of its partition
 * @param foreign deliveries of an event that was for somebody else
 * @param resyncs how often a client was told that it has missed something
 * @param dismissed how often a client was sent away for good
 * @param cuts cuts and closed pages
 * @param returns ways back after a lost connection or a closed page, and those of them that were called complete
 * @param missed deliveries that had been sent before the client was back
 * @param replay by return that had something to catch up with, from the open connection to the last of it, in
 *     milliseconds
 * @param longestAwayMillis from the loss of a connection to the login on the next one
 */
record Score(
        Fault fault,
        Contender contender,
        int clients,
        int expected,
        int lost,
        int silent,
        int doubled,
        int outOfOrder,
        int foreign,
        int resyncs,
        int dismissed,
        int cuts,
        int returns,
        int recovered,
        int missed,
        Percentiles replay,
        double longestAwayMillis) {

    /** By nearest rank; 0 of nothing. */
    record Percentiles(double p50, double p95, double p99) {
        static Percentiles of(DoubleStream values) {
            double[] sorted = values.sorted().toArray();
            return new Percentiles(at(sorted, 50), at(sorted, 95), at(sorted, 99));
        }

        private static double at(double[] sorted, int percent) {
            return sorted.length == 0 ? 0 : sorted[(sorted.length * percent + 99) / 100 - 1];
        }
    }

    static Score of(Fault fault, Contender contender, Map<String, Map<EventNumber, Long>> expected, List<Seen> crowd) {
        Tally sum = new Tally();
        crowd.forEach(client -> sum.add(expected.getOrDefault(client.token(), Map.of()), client));
        List<Seen.Return> returns =
                crowd.stream().map(Seen::returns).flatMap(Collection::stream).toList();
        return new Score(
                fault,
                contender,
                crowd.size(),
                sum.expected,
                sum.lost,
                sum.silent,
                sum.doubled,
                sum.outOfOrder,
                sum.foreign,
                crowd.stream().mapToInt(client -> client.resyncs().size()).sum(),
                crowd.stream().mapToInt(Seen::dismissed).sum(),
                crowd.stream().mapToInt(Seen::cuts).sum(),
                returns.size(),
                (int) returns.stream().filter(Seen.Return::recovered).count(),
                returns.stream().mapToInt(Seen.Return::missed).sum(),
                Percentiles.of(
                        returns.stream().filter(each -> each.missed() > 0).mapToDouble(Seen.Return::replayMillis)),
                returns.stream().mapToDouble(Seen.Return::awayMillis).max().orElse(0));
    }

    private static final class Tally {
        int expected;
        int lost;
        int silent;
        int doubled;
        int outOfOrder;
        int foreign;

        /** @param due what the client is to have, and when each was sent */
        void add(Map<EventNumber, Long> due, Seen client) {
            Set<EventNumber> had = new HashSet<>();
            Map<Integer, Integer> latest = new HashMap<>();
            for (EventNumber event : client.received()) {
                if (!due.containsKey(event)) {
                    foreign++;
                } else if (!had.add(event)) {
                    doubled++;
                } else if (latest.merge(event.partition(), event.number(), Math::max) > event.number()) {
                    outOfOrder++;
                }
            }
            double told = client.resyncs().stream().mapToDouble(at -> at).max().orElse(0);
            expected += due.size();
            due.forEach((event, sentAt) -> {
                if (!had.contains(event)) {
                    lost++;
                    silent += sentAt < told ? 0 : 1; // who was told asks elsewhere for what there was by then
                }
            });
        }
    }
}
