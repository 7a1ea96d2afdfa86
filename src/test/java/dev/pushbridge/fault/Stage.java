package dev.pushbridge.fault;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** Where a fault strikes: while it does, the events run and the clients are there. */
record Stage(Cluster cluster, List<String> tokens, Crowd crowd, Feed feed, Scale scale) {
    List<? extends ServerProcess> nodes() {
        return cluster.nodes();
    }

    /** Lets the events run for a part of the stretch. */
    void pause(double part) {
        pause(Duration.ofMillis((long) (scale.stretch().toMillis() * part)));
    }

    /** Lets the events run for longer than a small window keeps them. */
    void outlastWindow() {
        pause(scale.smallWindow().multipliedBy(2));
    }

    void pause(Duration time) {
        Awaitility.await().pollDelay(time).atMost(time.plusSeconds(30)).until(() -> true);
    }
}
