package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How far back a node reads when it starts. */
final class LookBackIT {
    private final Topic topic = Topic.create();
    private final Bridge node = Bridge.on(topic);

    /** An event is kept for 5 min 25 s. The first one is older, and the same again came within the replay window of it. */
    @Test
    void eventThatCameAgainIsKnownAlthoughItsFirstPlaceIsNoLongerKept() {
        send(Duration.ofMinutes(8), "once");
        send(Duration.ofMinutes(4), "once");
        send(Duration.ofMinutes(4), "another");
        send(Duration.ZERO, "a third");

        node.start();

        assertThat(node.figures().of(Meters.REPLAY_EVENTS))
                .as("events that are kept")
                .isEqualTo(2);
        node.close();
    }

    private void send(Duration ago, String id) {
        topic.send(Instant.now().minus(ago), "{\"tokens\":[\"anna\"],\"id\":\"" + id + "\"}");
    }
}
