package dev.pushbridge.fault;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A broker, nodes as they come, and beside them one that keeps what it has sent for a short time only. */
final class Bridges implements AutoCloseable {
    private final Events events;
    private final BridgeCluster usual;
    private final BridgeCluster forgetful;

    private Bridges(Events events, BridgeCluster usual, BridgeCluster forgetful) {
        this.events = events;
        this.usual = usual;
        this.forgetful = forgetful;
    }

    /**
     * Starts everything.
     *
     * @param size of the nodes as they come
     * @param jvm the JVM's options of each node
     */
    static Bridges start(String name, Heartbeat heartbeat, int size, List<String> jvm, Scale scale) {
        Events events = Events.start(name);
        Bridges bridges = new Bridges(
                events,
                new BridgeCluster(name, events, heartbeat, size, jvm, Map.of()),
                new BridgeCluster(
                        name + "-forgetful",
                        events,
                        heartbeat,
                        1,
                        jvm,
                        Map.of("push.replay.window", scale.smallWindow().toSeconds() + "s")));
        bridges.nodes().forEach(ServerProcess::launch);
        bridges.nodes().forEach(ServerProcess::awaitReady);
        return bridges;
    }

    Events events() {
        return events;
    }

    /** Where the fault strikes. */
    BridgeCluster of(Fault fault) {
        return fault.window() == Fault.Window.SMALL ? forgetful : usual;
    }

    /** All that are in the group that writes dead letters. */
    List<BridgeProcess> nodes() {
        return Stream.of(usual, forgetful)
                .flatMap(cluster -> cluster.nodes().stream())
                .toList();
    }

    @Override
    public void close() {
        usual.close();
        forgetful.close();
        events.close();
    }
}
