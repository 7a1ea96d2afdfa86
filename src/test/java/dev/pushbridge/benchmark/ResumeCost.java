package dev.pushbridge.benchmark;

import dev.pushbridge.development.DevelopmentBroker;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.replay.ReplayWindow;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;

/**
 * Measures what it costs that nothing is lost: the cursor in bytes and CPU, the replay window in memory and time, and
 * thousands who come back at once. A main class, because a measurement wants the machine for itself. The servers are the
 * shipped jar, on the first core; broker and clients are on the others.
 */
final class ResumeCost {
    private static final int PARTITIONS = 12;
    private static final int ROUNDS = 5;
    private static final int CONNECTIONS = 5000;
    private static final int MESSAGES = 100_000;
    private static final int[] FAN_OUTS = {1, 1000};
    private static final int[] MISSED = {1, 20};
    private static final int RETURNS = 5;
    private static final Duration READ_BY_THEN = Duration.ofSeconds(2);
    /** More events of the run than a window of the default size takes. */
    private static final int MORE_THAN_A_WINDOW = 250_000;

    private static final long WINDOW_BYTES = 64L << 20;
    private static final Pattern REFILL = Pattern.compile("Read (\\d+) records of the last \\S+ in (\\d+) ms");
    private static final double BYTES_PER_MIB = 1 << 20;
    private static final double NANOS_PER_MILLI = 1e6;

    private final DevelopmentBroker broker;
    private final Events events;

    private ResumeCost(DevelopmentBroker broker) {
        this.broker = broker;
        this.events = new Events(broker.address());
    }

    public static void main(String[] arguments) throws Exception {
        Files.createDirectories(Path.of("target/benchmark"));
        Processes.leaveFirstCore();
        bytes();
        memory();
        try (DevelopmentBroker broker = DevelopmentBroker.start(Processes.freePort())) {
            ResumeCost cost = new ResumeCost(broker);
            cost.refill();
            cost.cursors();
            cost.comeBack();
            cost.events.close();
        }
        System.exit(0);
    }

    /** Partitions of a billion records each, evenly keyed: they differ by about the root of that. */
    private static void bytes() {
        Random random = new Random(1);
        byte[] payload = event(0).data().bytes();
        for (int partitions : new int[] {1, PARTITIONS, 100}) {
            ReplayWindow window = new ReplayWindow(Duration.ofMinutes(5), Duration.ofMinutes(5), WINDOW_BYTES);
            window.begin(1);
            for (int p = 0; p < partitions; p++) {
                window.begin(p, 1_000_000_000L + (long) (random.nextGaussian() * 31_623));
            }
            Frame with = Frame.of(payload, 0, payload.length, window.position());
            say(
                    "%d partitions: the cursor has %d characters; a message of %d bytes has %d with it",
                    partitions, window.position().cursor().length(), with.packetWithoutCursor().length, with.size());
        }
    }

    private static void memory() {
        long before = heap();
        ReplayWindow window = new ReplayWindow(Duration.ofMinutes(5), Duration.ofMinutes(5), WINDOW_BYTES);
        window.begin(1);
        window.begin(0, 0);
        byte[] payload = event(0).data().bytes();
        for (int offset = 0; offset < MORE_THAN_A_WINDOW; offset++) {
            window.reach(0, offset + 1);
            window.add(0, offset, event(offset), payload, payload.length);
        }
        long heap = heap() - before;
        say(
                "a window of %.0f MiB holds %d events of %d bytes, with an id and a token: %d bytes each, %.1f MiB of heap",
                window.bytes() / BYTES_PER_MIB,
                window.events(),
                payload.length,
                heap / window.events(),
                heap / BYTES_PER_MIB);
    }

    /** As {@link Events} makes them, as a browser gets them. */
    private static PushEvent event(int number) {
        String packet = "42[\"receive_message\",{\"entityType\":\"post\",\"data\":{\"actor\":{\"id\":\"7\",\"name\":\""
                + "x".repeat(120) + "\"},\"post\":{\"id\":\"42\"},\"sentAt\":1764000000000000},\"id\":\"like-" + number
                + "\",\"type\":\"like\"}";
        return new PushEvent(
                List.of("user-" + number % CONNECTIONS), "post", RawJson.of(packet), "like", "like-" + number, null);
    }

    /** A node that starts, with more in the topic than its window takes. */
    private void refill() throws IOException {
        create("full");
        events.produce("full", MORE_THAN_A_WINDOW, 1, CONNECTIONS);
        try (Server server = Server.bridge(Processes.freePort(), broker.address(), "full")) {
            Path log = Path.of("target/benchmark", server.topic() + ".log");
            Matcher refill = Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> REFILL.matcher(Files.readString(log)), Matcher::find);
            say("a node reads %s records back in %s ms before it is ready", refill.group(1), refill.group(2));
        }
    }

    /** Two servers that differ in nothing else are given the same backlog in turns. */
    private void cursors() throws IOException {
        create("cursors");
        create("none");
        try (Server with = Server.bridge(Processes.freePort(), broker.address(), "cursors");
                Server without =
                        Server.bridge(Processes.freePort(), broker.address(), "none", "--push.resume.enabled=false");
                ClientsProcess withClients = open(with);
                ClientsProcess withoutClients = open(without)) {
            for (int fanOut : FAN_OUTS) {
                drain(with, withClients, fanOut); // warm
                drain(without, withoutClients, fanOut);
                double[] costWith = new double[ROUNDS];
                double[] costWithout = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    costWith[round] = drain(with, withClients, fanOut);
                    costWithout[round] = drain(without, withoutClients, fanOut);
                }
                say(
                        "%d recipients an event: %.2f us of CPU a message with cursors, %.2f without (medians of %d; %s, %s)",
                        fanOut,
                        median(costWith),
                        median(costWithout),
                        ROUNDS,
                        Arrays.toString(costWith),
                        Arrays.toString(costWithout));
            }
        }
    }

    /** Microseconds of the server's CPU for each message of a backlog that is filled while it is stopped. */
    private double drain(Server server, ClientsProcess clients, int fanOut) throws IOException {
        int count = MESSAGES / fanOut;
        server.freeze();
        clients.reset();
        events.produce(server.topic(), count, fanOut, CONNECTIONS);
        double cpu = server.cpuMicros();
        server.thaw();
        clients.awaitReceived((long) count * fanOut);
        return (server.cpuMicros() - cpu) / ((double) count * fanOut);
    }

    /** All connections are lost, events come, so many for each in the mean, and then everybody comes back. */
    private void comeBack() throws IOException {
        for (int missed : MISSED) {
            String topic = "come-back-" + missed;
            create(topic);
            try (Server server = Server.bridge(Processes.freePort(), broker.address(), topic)) {
                double[] cpu = new double[RETURNS];
                double[] millis = new double[RETURNS];
                for (int i = 0; i < RETURNS; i++) {
                    try (ClientsProcess clients = open(server)) {
                        clients.leave();
                        events.produce(topic, CONNECTIONS * missed, 1, CONNECTIONS);
                        Awaitility.await().pollDelay(READ_BY_THEN).until(() -> true);
                        double cpuBefore = server.cpuMicros();
                        long start = System.nanoTime();
                        clients.comeBack();
                        clients.awaitReceived((long) CONNECTIONS * missed);
                        millis[i] = (System.nanoTime() - start) / NANOS_PER_MILLI;
                        cpu[i] = (server.cpuMicros() - cpuBefore) / CONNECTIONS;
                    }
                }
                say(
                        "%d clients come back at once, each to %d events: the last has all after %.0f ms, %.0f us of CPU a client"
                                + " (medians of %d; %s, %s)",
                        CONNECTIONS,
                        missed,
                        median(millis),
                        median(cpu),
                        RETURNS,
                        Arrays.toString(millis),
                        Arrays.toString(cpu));
            }
        }
    }

    /** Waits until the server reads its topic. */
    private ClientsProcess open(Server server) throws IOException {
        server.awaitOpen();
        ClientsProcess clients = new ClientsProcess(server);
        clients.open(1);
        Awaitility.await().until(() -> {
            events.produce(server.topic(), 1, 1, 1);
            return clients.received() > 0;
        });
        clients.open(CONNECTIONS - 1);
        return clients;
    }

    private void create(String topic) {
        List<NewTopic> topics = new ArrayList<>();
        Stream.of(topic, topic + "-dlt")
                .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                .forEach(topics::add);
        broker.createTopics(topics);
    }

    private static double median(double[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .sorted()
                .toArray()[values.length / 2];
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void say(String format, Object... figures) {
        System.out.printf(format + "%n", figures);
    }
}
