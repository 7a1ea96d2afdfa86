package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Brokers;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.Client.Connect;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Three brokers, and partitions that are led by another one from one moment to the next, while events come. */
final class LeaderChangeIT {
    private static final int PARTITIONS = 3;
    private static final Map<String, String> ANNA = Map.of("tokenId", "anna", "userId", "1");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For its name: it is not on the tests' broker. */
    private final Topic topic = Topic.create();

    private Brokers brokers;
    private final List<Bridge> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        brokers = Brokers.start();
        brokers.create(topic.name(), PARTITIONS);
        brokers.create(topic.deadLetterName(), 1);
        for (int i = 0; i < 2; i++) {
            Bridge node = Bridge.on(
                    topic,
                    Map.of(
                            "spring.kafka.bootstrap-servers",
                            brokers.servers(),
                            "push.resume.keys",
                            "0123456789abcdef0123456789abcdef"));
            node.launch();
            nodes.add(node);
            Awaitility.await("the node to be ready")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(node.management("/actuator/health/readiness")
                                    .statusCode())
                            .isEqualTo(200));
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(Bridge::abandon);
        brokers.close();
    }

    /**
     * The leaders are elected anew one after the other, then a broker goes without a goodbye. One client stays, another one
     * is cut off while that happens and comes back to the other node.
     */
    @Test
    void everyEventComesOnceAndInOrder_whoeverLeadsThePartitions() throws Exception {
        try (Forwarder way = new Forwarder(addressOf(nodes.get(0)));
                Production production = new Production()) {
            way.open();
            Client stays = nodes.get(1).open(ClientKind.NODE_4_WEBSOCKET);
            stays.login("anna");
            Client travels = nodes.get(0)
                    .begin(
                            ClientKind.NODE_4_WEBSOCKET,
                            ClientOptions.to("http://" + way.address())
                                    .with(ANNA)
                                    .reconnecting());
            String id = travels.id();
            production.start();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                brokers.elect(topic.name(), partition);
            }
            way.cut();
            brokers.stopLeader(topic.name(), 0);
            way.mend(addressOf(nodes.get(1)));
            assertThat(travels.awaitReconnect()).isEqualTo(new Connect(id, true));
            brokers.elect(topic.name(), 1);
            int events = production.end();

            assertThat(events).isGreaterThan(100);
            assertThat(came(stays, events)).isEqualTo(inOrder(events));
            assertThat(came(travels, events)).isEqualTo(inOrder(events));
            assertThat(stays.unread()).isEmpty();
            assertThat(travels.unread()).isEmpty();
        }
        nodes.forEach(node -> assertThat(node.figures().sum(Meters.RESYNCS)).isZero());
    }

    /** What came, by partition. */
    private static List<List<Integer>> came(Client client, int count) {
        List<List<Integer>> came = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < count; i++) {
            JsonNode data = client.nextPush().path("data");
            came.get(data.asInt() % PARTITIONS).add(data.asInt());
        }
        return came;
    }

    private static List<List<Integer>> inOrder(int count) {
        List<List<Integer>> all = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int number = 0; number < count; number++) {
            all.get(number % PARTITIONS).add(number);
        }
        return all;
    }

    private static String addressOf(Bridge node) {
        return "127.0.0.1:" + node.socketPort();
    }

    /** Numbered events for anna, to the partitions in turn, until it is ended. */
    private final class Production implements AutoCloseable {
        private final KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers.servers(), "acks", "all", "reconnect.backoff.max.ms", 500),
                new StringSerializer(),
                new StringSerializer());
        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final List<Future<RecordMetadata>> sent = new ArrayList<>();

        void start() {
            Future<?> unused = clock.scheduleAtFixedRate(this::send, 0, 20, TimeUnit.MILLISECONDS);
        }

        private void send() {
            int number = sent.size();
            String event = "{\"tokens\":[\"anna\"],\"data\":" + number + "}";
            sent.add(producer.send(new ProducerRecord<>(topic.name(), number % PARTITIONS, null, event)));
        }

        /** Returns how many the brokers have. */
        int end() throws Exception {
            clock.shutdown();
            assertThat(clock.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            Awaitility.await("the brokers to have everything")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(sent)
                            .as("%s", brokers.infos(topic.name()))
                            .allMatch(Future::isDone));
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
            return sent.size();
        }

        @Override
        public void close() {
            clock.shutdownNow();
            producer.close(Duration.ZERO);
        }
    }
}
