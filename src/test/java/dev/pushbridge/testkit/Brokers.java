package dev.pushbridge.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;
import org.awaitility.Awaitility;

/** Three brokers of one test, each of which has everything, and a controller that stays. */
public final class Brokers implements AutoCloseable {
    private static final int COUNT = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final KafkaClusterTestKit kafka;
    private final Admin admin;

    private Brokers(KafkaClusterTestKit kafka) {
        this.kafka = kafka;
        this.admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    public static Brokers start() throws Exception {
        KafkaClusterTestKit kafka = new KafkaClusterTestKit.Builder(new TestKitNodes.Builder()
                        .setNumBrokerNodes(COUNT)
                        .setNumControllerNodes(1)
                        .build())
                .setConfigProp("auto.create.topics.enable", "false")
                .setConfigProp("offsets.topic.num.partitions", "1")
                .setConfigProp("offsets.topic.replication.factor", "3")
                // Who is stopped says no goodbye, and is missed after a while.
                .setConfigProp("controlled.shutdown.enable", "false")
                .setConfigProp("broker.session.timeout.ms", "6000")
                .build();
        kafka.format();
        kafka.startup();
        kafka.waitForReadyBrokers();
        return new Brokers(kafka);
    }

    /** The addresses of all of them. */
    public String servers() {
        return kafka.bootstrapServers();
    }

    /** A record is taken when two of the three have it. */
    public void create(String topic, int partitions) {
        NewTopic everywhere =
                new NewTopic(topic, partitions, (short) COUNT).configs(Map.of("min.insync.replicas", "2"));
        within(admin.createTopics(List.of(everywhere)).all());
    }

    /** Has another broker lead the partition, by an election as an operator or a balancer would hold it. */
    public void elect(String topic, int partition) {
        TopicPartition moved = new TopicPartition(topic, partition);
        int before = leader(topic, partition);
        List<Integer> replicas = new ArrayList<>();
        info(topic, partition).isr().forEach(node -> replicas.add(node.id()));
        replicas.remove(Integer.valueOf(before));
        int next = replicas.get(0);
        info(topic, partition).replicas().stream()
                .map(Node::id)
                .filter(id -> !replicas.contains(id))
                .forEach(replicas::add);
        NewPartitionReassignment preferred = new NewPartitionReassignment(replicas);
        within(admin.alterPartitionReassignments(Map.of(moved, Optional.of(preferred)))
                .all());
        awaitLeader(topic, partition, () -> {
            if (leader(topic, partition) != next) {
                within(admin.electLeaders(ElectionType.PREFERRED, Set.of(moved)).all());
            }
            assertThat(leader(topic, partition)).isEqualTo(next);
        });
    }

    /** Stops the broker, and returns when another one leads the partition. */
    public void stopLeader(String topic, int partition) {
        int before = leader(topic, partition);
        requireNonNull(kafka.brokers().get(before)).shutdown();
        awaitLeader(
                topic,
                partition,
                () -> assertThat(leader(topic, partition))
                        .isNotIn(before, Node.noNode().id()));
    }

    private static void awaitLeader(String topic, int partition, Runnable assertion) {
        Awaitility.await("another leader of " + topic + "-" + partition)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(assertion::run);
    }

    private int leader(String topic, int partition) {
        Node leader = info(topic, partition).leader();
        return leader == null ? Node.noNode().id() : leader.id();
    }

    private TopicPartitionInfo info(String topic, int partition) {
        return infos(topic).get(partition);
    }

    /** Who leads the topic's partitions, and who follows. */
    public List<TopicPartitionInfo> infos(String topic) {
        TopicDescription described =
                within(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        return requireNonNull(described).partitions();
    }

    private static <T> T within(KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the brokers did not do it", e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
        try {
            kafka.close();
        } catch (Exception e) { // declared so by Kafka
            throw new IllegalStateException("the brokers do not end", e);
        }
    }
}
