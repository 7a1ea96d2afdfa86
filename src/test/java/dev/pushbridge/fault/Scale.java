package dev.pushbridge.fault;

import java.time.Duration;

/**
 * How large and how long.
 *
 * @param clients of each drive but the jitter's
 * @param perSecond events to each client
 * @param stretch the faults' measure of time: cuts go on for as long, and a server stays away for a part of it
 * @param freeze how long a node is frozen
 * @param smallWindow the replay window where it is to be outlasted
 */
record Scale(
        int clients,
        double perSecond,
        Duration stretch,
        Duration freeze,
        Duration smallWindow,
        int jitterClients,
        Duration jitter) {
    /** For every build. */
    static final Scale SHORT = new Scale(
            24, 4, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(4), 40, Duration.ofSeconds(12));
    /** For the README. The jitter is the shape in which the field measures itself. */
    static final Scale LONG = new Scale(
            60, 2, Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(10), 200, Duration.ofMinutes(1));
}
