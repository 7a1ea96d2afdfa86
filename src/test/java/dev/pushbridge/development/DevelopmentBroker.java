package dev.pushbridge.development;

import dev.pushbridge.settings.TakenPortException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.springframework.boot.SpringApplication;
import org.springframework.util.FileSystemUtils;

/**
 * A Kafka broker and its controller (KRaft) inside this JVM, on 127.0.0.1 and the port it is told, so that a console
 * producer in another process finds it. Its data is in a temporary directory that goes when it is closed, or in one that
 * it is told, and stays.
 *
 * <p>It is Kafka's own server, which comes with {@code spring-kafka-test}, and not that library's
 * {@code EmbeddedKafkaKraftBroker}, because that one cannot be given a port and listens on every address.
 */
public final class DevelopmentBroker implements AutoCloseable {
    static final String PORT = "development.broker.port";

    private static final String HOST = "127.0.0.1";
    private static final int TOPIC_TIMEOUT_SECONDS = 30;

    private final int port;
    private final KafkaRaftServer server;
    private final Runnable afterwards;

    private DevelopmentBroker(int port, KafkaRaftServer server, Runnable afterwards) {
        this.port = port;
        this.server = server;
        this.afterwards = afterwards;
    }

    /** Returns when the broker takes records; throws {@link TakenPortException} when another process has the port. */
    public static DevelopmentBroker start(int port) {
        refuseTaken(port);
        Path directory = Path.of(System.getProperty("java.io.tmpdir"), "push-bridge-broker-" + Uuid.randomUuid());
        // For a JVM that is told to stop while the broker is on its way up. Runs after the context is closed; refuses,
        // and so ends the start before there is a file, when the JVM is already stopping.
        SpringApplication.getShutdownHandlers().add(() -> delete(directory));
        return start(port, directory, () -> delete(directory));
    }

    /** As {@link #start}, with the data of an earlier broker in that directory, if there was one; it stays there. */
    public static DevelopmentBroker startIn(Path directory, int port) {
        refuseTaken(port);
        return start(port, directory, () -> {});
    }

    private static DevelopmentBroker start(int port, Path directory, Runnable afterwards) {
        KafkaConfig config = new KafkaConfig(configuration(port, freePort(), directory), false);
        if (!Files.exists(directory.resolve("meta.properties"))) {
            format(config, directory);
        }
        DevelopmentBroker broker = new DevelopmentBroker(port, new KafkaRaftServer(config, Time.SYSTEM), afterwards);
        try {
            broker.server.startup();
            return broker;
        } catch (RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    public String address() {
        return HOST + ":" + port;
    }

    public void createTopics(Collection<NewTopic> topics) {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address()))) {
            admin.createTopics(topics).all().get(TOPIC_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the topics were created", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the development broker did not create the topics", e);
        }
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        afterwards.run();
    }

    private static Map<String, String> configuration(int port, int controllerPort, Path directory) {
        String controller = HOST + ":" + controllerPort;
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@" + controller),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("listeners", "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + controller),
                Map.entry("log.dirs", directory.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("offsets.topic.num.partitions", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("transaction.state.log.num.partitions", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("log.cleaner.dedupe.buffer.size", "2097152"),
                Map.entry("num.network.threads", "1"),
                Map.entry("num.io.threads", "2"),
                Map.entry("controlled.shutdown.enable", "false"));
    }

    /** What {@code kafka-storage.sh format} does. */
    private static void format(KafkaConfig config, Path directory) {
        Formatter formatter = new Formatter()
                .setNodeId(config.nodeId())
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName("CONTROLLER")
                .addDirectory(directory.toString())
                .setMetadataLogDirectory(directory.toString())
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        try {
            formatter.run();
        } catch (Exception e) { // declared so by Kafka
            throw new IllegalStateException("the development broker's directory cannot be prepared: " + directory, e);
        }
    }

    private static void refuseTaken(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            probe.getLocalPort();
        } catch (IOException e) {
            throw new TakenPortException(PORT, port, e);
        }
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        FileSystemUtils.deleteRecursively(directory.toFile());
    }
}
