package dev.pushbridge.session;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.springframework.stereotype.Component;

/** The latest logins that have ended, for whoever asks what became of an event. Bounded, and thread-safe. */
@Component
public final class Departures {
    private static final int MOST = 1_000;

    private final Deque<Departure> latest = new ArrayDeque<>();

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
            latest.removeFirst();
        }
        latest.addLast(departure);
    }

    /** Those of a token, the earliest first. */
    public synchronized List<Departure> of(String token) {
        return latest.stream()
                .filter(departure -> departure.login.token().equals(token))
                .toList();
    }
}
