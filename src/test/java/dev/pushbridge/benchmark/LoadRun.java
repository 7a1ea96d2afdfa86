package dev.pushbridge.benchmark;

import dev.pushbridge.benchmark.Measured.Cost;
import dev.pushbridge.development.DevelopmentBroker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;

/**
 * Puts the bridge and the plain server under the same load in turns, so that both meet the same machine: backlogs that
 * are drained with the producer silent, for what a message costs, and a steady stream, for how late it is.
 */
final class LoadRun implements AutoCloseable {
    private static final String KAFKA_ALONE = "kafka-alone";
    private static final int PARTITIONS = 4;
    private static final int REPETITIONS = 3;
    private static final int[] CONNECTIONS = {1000, 5000, 10_000, 18_000};
    private static final int[] FAN_OUTS = {10, 100, 1000, 10_000};
    /** Connections of the drained backlogs by fan-out. */
    private static final int FAN_OUT_CONNECTIONS = 10_000;

    private static final int MEMORY_BASE = 2000;
    private static final int WARM_UP_DRAINS = 8;
    /** The first warms up broker and producer, and does not count. */
    private static final int LATENCY_ROUNDS = 4;

    private static final int MESSAGES = 60_000;
    private static final int OFFLINE_ENDS = 64;
    private static final int PACED_CONNECTIONS = 2000;
    private static final int PACED_PER_SECOND = 2000;
    private static final int FASTER_PER_SECOND = 10_000;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration PACED = Duration.ofSeconds(8);
    private static final Duration FASTER = Duration.ofSeconds(4);

    private final DevelopmentBroker broker;
    private final Events events;
    private final Map<String, Server> servers = new HashMap<>();
    private final List<Measured> measured = new ArrayList<>();
    private final List<Latency> kafkaAlone = new ArrayList<>();

    LoadRun() throws IOException {
        broker = DevelopmentBroker.start(Processes.freePort());
        List<NewTopic> topics = new ArrayList<>();
        for (String topic : List.of("bridge", "bridge-dlt", "plain", KAFKA_ALONE)) {
            topics.add(new NewTopic(topic, PARTITIONS, (short) 1));
        }
        broker.createTopics(topics);
        events = new Events(broker.address());
        servers.put("bridge", Server.bridge(Processes.freePort(), broker.address(), "bridge"));
        servers.put("plain", Server.plain(Processes.freePort(), broker.address(), "plain"));
        servers.values().forEach(Server::awaitOpen);
        measured.add(new Measured("bridge"));
        measured.add(new Measured("plain"));
    }

    /** Of the bridge, and of the plain server. */
    List<Measured> run() throws IOException {
        for (Measured server : measured) {
            memory(server);
        }
        for (Measured server : measured) {
            warmUp(server);
        }
        for (int i = 0; i < CONNECTIONS.length; i++) {
            for (Measured server : inTurn(i)) {
                byConnections(server, CONNECTIONS[i]);
            }
        }
        for (int round = 0; round < LATENCY_ROUNDS; round++) {
            for (Measured server : inTurn(round)) {
                paced(server, round > 0);
            }
            Latency alone = alone();
            if (round > 0) {
                kafkaAlone.add(alone);
            }
        }
        for (Measured server : measured) {
            offline(server);
        }
        return measured;
    }

    /** The same stream, read by a plain consumer in the server's place: what no server can be better than. */
    Latency kafkaAlone() {
        return Latency.median(kafkaAlone);
    }

    /** Each is the first in every second round: the machine is not the same at the end of one as at its begin. */
    private List<Measured> inTurn(int round) {
        return round % 2 == 0 ? measured : List.of(measured.get(1), measured.get(0));
    }

    /** Waits until the server reads the topic, then opens idle connections on it: it has had no load before. */
    private void memory(Measured result) throws IOException {
        Server server = server(result);
        try (ClientsProcess clients = new ClientsProcess(server)) {
            clients.open(1);
            Awaitility.await().until(() -> {
                events.produce(server.topic(), 1, 1, 1);
                return clients.received() > 0;
            });
            clients.open(MEMORY_BASE - 1);
            long heap = server.heapBytes();
            long rss = server.rssKib();
            clients.open(FAN_OUT_CONNECTIONS - MEMORY_BASE);
            double opened = FAN_OUT_CONNECTIONS - MEMORY_BASE;
            result.heapBytesPerConnection = (server.heapBytes() - heap) / opened;
            result.rssKibPerConnection = (server.rssKib() - rss) / opened;
            say(
                    "%s: an idle connection takes %.0f bytes of heap, %.1f KiB of resident memory",
                    result.server, result.heapBytesPerConnection, result.rssKibPerConnection);
        }
    }

    /** A JVM that has one core compiles for some seconds what a backlog needs. */
    private void warmUp(Measured result) throws IOException {
        try (ClientsProcess clients = new ClientsProcess(server(result))) {
            clients.open(MEMORY_BASE);
            for (int i = 0; i < WARM_UP_DRAINS; i++) {
                drain(result, clients, MEMORY_BASE, 1);
            }
        }
    }

    private void paced(Measured result, boolean counts) throws IOException {
        Server server = server(result);
        try (ClientsProcess clients = new ClientsProcess(server)) {
            clients.open(PACED_CONNECTIONS);
            stream(result, clients, PACED_PER_SECOND * 3, WARM_UP);
            stream(result, clients, PACED_PER_SECOND, WARM_UP);
            double micros = stream(result, clients, PACED_PER_SECOND, PACED);
            Latency latency = clients.latency();
            double faster = stream(result, clients, FASTER_PER_SECOND, FASTER);
            if (counts) {
                result.latencies.add(latency);
                result.pacedMicros.add(micros);
                result.fasterMicros.add(faster);
            }
            say(
                    "%s: %d/s, p50 %.2f ms, p99 %.2f ms, %.1f us of CPU a message; %d/s, %.1f us%s",
                    result.server,
                    PACED_PER_SECOND,
                    latency.at(50),
                    latency.at(99),
                    micros,
                    FASTER_PER_SECOND,
                    faster,
                    counts ? "" : " (warming up)");
        }
    }

    /** Returns the CPU time of the server per message, in microseconds. */
    private double stream(Measured result, ClientsProcess clients, int perSecond, Duration duration)
            throws IOException {
        Server server = server(result);
        clients.reset();
        long sum = events.sentAtSum();
        double cpu = server.cpuMicros();
        events.produce(server.topic(), perSecond, duration, PACED_CONNECTIONS);
        long messages = perSecond * duration.toSeconds();
        awaitAll(result, clients, messages, events.sentAtSum() - sum);
        return (server.cpuMicros() - cpu) / messages;
    }

    private Latency alone() throws IOException {
        try (Commanded consumer = KafkaAlone.start(broker.address(), KAFKA_ALONE)) {
            events.produce(KAFKA_ALONE, PACED_PER_SECOND * 3, WARM_UP, PACED_CONNECTIONS);
            events.produce(KAFKA_ALONE, PACED_PER_SECOND, WARM_UP, PACED_CONNECTIONS);
            consumer.ask("reset");
            events.produce(KAFKA_ALONE, PACED_PER_SECOND, PACED, PACED_CONNECTIONS);
            return Latency.parse(consumer.ask("latency"));
        }
    }

    /** Events whose recipients are not there; one for somebody who is there ends each backlog. */
    private void offline(Measured result) throws IOException {
        Server server = server(result);
        List<Double> micros = new ArrayList<>();
        try (ClientsProcess clients = new ClientsProcess(server)) {
            clients.open(MEMORY_BASE);
            for (int i = 0; i <= REPETITIONS; i++) { // the first warms up
                server.freeze();
                clients.reset();
                events.produceForNobody(server.topic(), MESSAGES);
                long sum = events.sentAtSum();
                // one for each partition, most likely, whose last it is
                events.produce(server.topic(), OFFLINE_ENDS, 1, MEMORY_BASE);
                double cpu = server.cpuMicros();
                server.thaw();
                awaitAll(result, clients, OFFLINE_ENDS, events.sentAtSum() - sum);
                if (i > 0) {
                    micros.add((server.cpuMicros() - cpu) / MESSAGES);
                }
            }
        }
        result.offlineMicros = Measured.median(micros);
        say("%s: an event for nobody takes %.1f us of CPU", result.server, result.offlineMicros);
    }

    private void byConnections(Measured result, int connections) throws IOException {
        Server server = server(result);
        try (ClientsProcess clients = new ClientsProcess(server)) {
            double cpu = server.cpuMicros();
            clients.open(connections);
            result.handshakeMicros = (server.cpuMicros() - cpu) / connections;
            drain(result, clients, connections, 1); // warms up
            Cost oneRecipient = median(result, clients, connections, 1);
            result.byConnections.add(oneRecipient);
            if (connections == FAN_OUT_CONNECTIONS) {
                result.byFanOut.add(oneRecipient);
                for (int fanOut : FAN_OUTS) {
                    result.byFanOut.add(median(result, clients, connections, fanOut));
                }
            }
        }
    }

    private Cost median(Measured result, ClientsProcess clients, int connections, int fanOut) throws IOException {
        List<Cost> costs = new ArrayList<>();
        for (int i = 0; i < REPETITIONS; i++) {
            costs.add(drain(result, clients, connections, fanOut));
        }
        costs.sort(Comparator.comparingDouble(Cost::micros));
        Cost median = costs.get(REPETITIONS / 2);
        say(
                "%s: %d connections, fan-out %d: %.1f us of CPU a message, %.0f messages/s",
                result.server, connections, fanOut, median.micros(), median.perSecond());
        return median;
    }

    /** Stops the server's process, fills the topic, and lets it go. */
    private Cost drain(Measured result, ClientsProcess clients, int connections, int fanOut) throws IOException {
        Server server = server(result);
        int count = Math.max(20, MESSAGES / fanOut);
        server.freeze();
        clients.reset();
        long sum = events.sentAtSum();
        events.produce(server.topic(), count, fanOut, connections);
        double cpu = server.cpuMicros();
        long start = System.nanoTime();
        server.thaw();
        long messages = (long) count * fanOut;
        awaitAll(result, clients, messages, events.sentAtSum() - sum);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Cost(connections, fanOut, (server.cpuMicros() - cpu) / messages, messages / seconds);
    }

    /** The plain server's losses are shown; the bridge has promised that there are none, and nothing twice. */
    private void awaitAll(Measured result, ClientsProcess clients, long messages, long sentAtSum) throws IOException {
        long came = clients.awaitUpTo(messages);
        result.lost += messages - came;
        if (result == measured.get(0) && (came != messages || clients.sentAtSum() != sentAtSum)) {
            throw new IllegalStateException("the bridge: " + came + " messages came (expected: each of " + messages
                    + " once); by its own books:\n" + server(result).books());
        }
    }

    private Server server(Measured result) {
        return Objects.requireNonNull(servers.get(result.server));
    }

    private static void say(String format, Object... figures) {
        System.out.printf(format + "%n", figures);
    }

    @Override
    public void close() {
        for (Server server : servers.values()) {
            server.close();
        }
        events.close();
        broker.close();
    }
}
