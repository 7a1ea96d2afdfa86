package dev.pushbridge.fault;

import java.time.Duration;

/** How soon either end of a connection finds out that it is dead. */
record Heartbeat(Duration interval, Duration timeout) {
    Duration total() {
        return interval.plus(timeout);
    }
}
