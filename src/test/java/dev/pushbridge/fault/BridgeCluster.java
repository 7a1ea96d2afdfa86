package dev.pushbridge.fault;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Nodes of the bridge on one topic, each in a process of its own. */
final class BridgeCluster extends Cluster {
    private final Events events;
    private final List<BridgeProcess> nodes;

    /**
     * Starts nothing yet.
     *
     * @param jvm the JVM's options of each node
     * @param more what differs from the bridge's defaults
     */
    BridgeCluster(
            String name, Events events, Heartbeat heartbeat, int size, List<String> jvm, Map<String, Object> more) {
        super(Contender.BRIDGE, heartbeat);
        this.events = events;
        Map<String, Object> properties = new HashMap<>(Map.of(
                "spring.kafka.bootstrap-servers",
                events.broker().address(),
                // How soon the others take over what a killed node had in the group.
                "spring.kafka.consumer.properties[session.timeout.ms]",
                6000,
                "push.kafka.group-fetch-wait",
                "100ms",
                "push.socket.ping-interval",
                heartbeat.interval().toMillis() + "ms",
                "push.socket.ping-timeout",
                heartbeat.timeout().toMillis() + "ms",
                "push.socket.shutdown-grace",
                "2s",
                "push.resume.keys",
                "a key that all nodes of the suite share"));
        properties.putAll(more);
        nodes = IntStream.rangeClosed(1, size)
                .mapToObj(number -> new BridgeProcess(name + "-" + number, jvm, properties))
                .toList();
    }

    @Override
    List<BridgeProcess> nodes() {
        return nodes;
    }

    @Override
    BrokerProcess broker() {
        return events.broker();
    }

    @Override
    void publish(int partition, String record) {
        events.publish(partition, record);
    }

    @Override
    void publishAgain(int partition, String record) {
        events.publish(partition, record);
    }

    @Override
    void publishBad(int partition, String record) {
        events.publishBad(partition, record);
    }

    @Override
    void flush() {
        events.flush();
    }
}
