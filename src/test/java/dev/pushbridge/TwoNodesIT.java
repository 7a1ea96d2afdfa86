package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes on one topic: each pushes to its own sockets, and what is to be done once is done once. */
final class TwoNodesIT {
    private static final int PARTITIONS = 3;

    private static final Topic topic = Topic.create(PARTITIONS);

    @RegisterExtension
    static final Bridge one = Bridge.on(topic);

    @RegisterExtension
    static final Bridge other = Bridge.on(topic);

    @Test
    void everyNodePushesEveryEventToItsOwnSockets() {
        Client annaHere = loggedIn(one, "anna");
        Client annaThere = loggedIn(other, "anna");
        Client benThere = loggedIn(other, "ben");

        for (int partition = 0; partition < PARTITIONS; partition++) {
            topic.send(partition, "{\"tokens\":[\"anna\"],\"data\":" + partition + "}");
            assertThat(annaHere.nextPush().path("data").asInt()).isEqualTo(partition);
            assertThat(annaThere.nextPush().path("data").asInt()).isEqualTo(partition);
        }
        topic.send(0, "{\"tokens\":[\"ben\"],\"data\":\"for ben\"}");
        assertThat(benThere.nextPush().path("data").asString()).isEqualTo("for ben");

        assertThat(one.figures().of(Meters.RECORDS, RecordOutcome.DISPATCHED.word()))
                .isEqualTo(3);
        one.await(Meters.RECORDS, RecordOutcome.OFFLINE.word(), 1);
        assertThat(other.figures().of(Meters.RECORDS, RecordOutcome.DISPATCHED.word()))
                .isEqualTo(4);
        one.await(Meters.DELIVERIES, DeliveryOutcome.WRITTEN.word(), 3);
        other.await(Meters.DELIVERIES, DeliveryOutcome.WRITTEN.word(), 4);
    }

    @Test
    void badRecordIsOneDeadLetterHoweverManyNodesSeeIt() {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            topic.send(partition, "bad in " + partition);
        }
        topic.awaitCommitted(one.group());

        assertThat(topic.deadLetters())
                .extracting(letter -> new String(letter.value(), UTF_8))
                .containsExactlyInAnyOrder("bad in 0", "bad in 1", "bad in 2");
        assertThat(one.figures().sum(Meters.DEAD_LETTERS) + other.figures().sum(Meters.DEAD_LETTERS))
                .isEqualTo(PARTITIONS);
        one.await(Meters.RECORDS, RecordOutcome.INVALID.word(), PARTITIONS);
        other.await(Meters.RECORDS, RecordOutcome.INVALID.word(), PARTITIONS);
    }

    private static Client loggedIn(Bridge node, String token) {
        Client client = node.open(ClientKind.NODE_4_WEBSOCKET);
        client.login(token);
        return client;
    }
}
