package dev.pushbridge.session;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** The latest logins that have ended, for whoever asks what became of an event. Bounded, and thread-safe. */
@Component
public final class Departures {
    static final int MOST = 1_000;

    private final Deque<Departure> latest = new ArrayDeque<>();
    private final Map<String, Deque<Departure>> byToken = new HashMap<>();
    private Instant forgotten = Instant.MIN;

    /**
     * A login that has ended.
     *
     * @param socketId the public id of its session
     * @param end in one word, why
     * @param unwritten deliveries that were handed to the session and not written by then
     * @param acknowledged the last cursor that the client acknowledged, or ""
     */
    public record Departure(String socketId, Login login, Instant at, String end, int unwritten, String acknowledged) {}

    public synchronized void add(Departure departure) {
        if (latest.size() == MOST) {
            forgetFirst();
        }
        latest.addLast(departure);
        byToken.computeIfAbsent(departure.login.token(), token -> new ArrayDeque<>())
                .addLast(departure);
    }

    private void forgetFirst() {
        Departure first = latest.removeFirst();
        Deque<Departure> ofToken = byToken.get(first.login.token());
        if (ofToken != null) {
            ofToken.removeFirst();
            if (ofToken.isEmpty()) {
                byToken.remove(first.login.token());
            }
        }
        forgotten = first.at.isAfter(forgotten) ? first.at : forgotten;
    }

    /** Those of a token, the earliest first. */
    public synchronized List<Departure> of(String token) {
        Deque<Departure> ofToken = byToken.get(token);
        return ofToken == null ? List.of() : List.copyOf(ofToken);
    }

    /** When the last of those ended that are forgotten: who was here before that may not be known. */
    public synchronized Instant forgotten() {
        return forgotten;
    }
}
