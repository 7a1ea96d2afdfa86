package dev.pushbridge.fault;

import java.util.List;

/** Nodes of one kind that share their events, and the way in for these. */
abstract class Cluster implements AutoCloseable {
    static final int PARTITIONS = 4;

    private final Contender contender;
    private final Heartbeat heartbeat;

    Cluster(Contender contender, Heartbeat heartbeat) {
        this.contender = contender;
        this.heartbeat = heartbeat;
    }

    abstract List<? extends ServerProcess> nodes();

    /** Sends an event. Returns at once. */
    abstract void publish(int partition, String record);

    /** Sends an event that was sent before, as a producer does that is not sure: nobody may get it twice. */
    abstract void publishAgain(int partition, String record);

    /** Sends what is not an event. */
    abstract void publishBad(int partition, String record);

    /** Waits until everything that was sent is on its way to the nodes, and fails where it could not be sent. */
    abstract void flush();

    final Contender contender() {
        return contender;
    }

    final Heartbeat heartbeat() {
        return heartbeat;
    }

    /** The broker, of those that have one. */
    BrokerProcess broker() {
        throw new UnsupportedOperationException(contender.word() + " has no broker");
    }

    /** Starts all nodes at once. */
    final void startNodes() {
        nodes().forEach(ServerProcess::launch);
        nodes().forEach(ServerProcess::awaitReady);
    }

    @Override
    public void close() {
        nodes().forEach(ServerProcess::close);
    }
}
