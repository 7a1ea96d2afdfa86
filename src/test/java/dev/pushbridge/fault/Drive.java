package dev.pushbridge.fault;

import dev.pushbridge.fault.Fault.Pace;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** One fault at one contender: a crowd logs in, the events run, the fault strikes, and what the clients saw is counted. */
final class Drive {
    /** Clients of which this one gets no event but the last, so that it has no cursor of an event when it is cut. */
    private static final int EVERY_QUIET = 7;
    /** Who has no client. */
    private static final String NOBODY = "nobody";

    private Drive() {}

    static Score run(Fault fault, Cluster cluster, Scale scale) {
        String name = fault.name().toLowerCase(Locale.ROOT);
        List<String> tokens = IntStream.range(0, fault.clients(scale))
                .mapToObj(number -> name + "-" + number)
                .toList();
        try (Crowd crowd = Crowd.open(tokens, cluster.nodes(), fault.comesBack());
                Feed feed = new Feed(name, cluster, fault.pace() == Pace.FOR_MOST ? most(tokens) : List.of(NOBODY))) {
            Feed.Run events = feed.start(scale.perSecond());
            fault.strike(new Stage(cluster, tokens, crowd, feed, scale));
            crowd.calm();
            events.end();
            crowd.awaitLoggedIn();
            feed.sendLast(tokens);
            crowd.awaitEnd();
            return Score.of(fault, cluster.contender(), feed.expected(), crowd.report());
        }
    }

    private static List<String> most(List<String> tokens) {
        return IntStream.range(0, tokens.size())
                .filter(number -> number % EVERY_QUIET != EVERY_QUIET - 1)
                .mapToObj(tokens::get)
                .toList();
    }
}
