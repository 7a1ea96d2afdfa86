package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** A broker of one test: its clients need a password by SCRAM-SHA-512, over TLS with a certificate of a CA made for it. */
public final class SecureBroker implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final KafkaRaftServer server;
    private final int port;
    /** For the test's own needs: without password and TLS. */
    private final int inside;

    private final X509Bundle authority;

    private SecureBroker(KafkaRaftServer server, int port, int inside, X509Bundle authority) {
        this.server = server;
        this.port = port;
        this.inside = inside;
        this.authority = authority;
    }

    /** Keeps its files in the directory, and knows one user. */
    public static SecureBroker start(Path directory, String user, String password) throws Exception {
        X509Bundle authority =
                certificate("CN=kafka CA").setIsCertificateAuthority(true).buildSelfSigned();
        X509Bundle own = certificate("CN=kafka").addSanIpAddress(HOST).buildIssuedBy(authority);
        int port = freePort();
        int inside = freePort();
        String controller = HOST + ":" + freePort();
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@" + controller);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put(
                "listeners",
                "CLIENTS://" + HOST + ":" + port + ",INSIDE://" + HOST + ":" + inside + ",CONTROLLER://" + controller);
        settings.put("listener.security.protocol.map", "CLIENTS:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "INSIDE");
        settings.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        settings.put(
                "listener.name.clients.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        settings.put("ssl.keystore.type", "PEM");
        settings.put("ssl.keystore.certificate.chain", own.getCertificatePathPEM());
        settings.put("ssl.keystore.key", own.getPrivateKeyPEM());
        settings.put("log.dirs", directory.toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("log.cleaner.dedupe.buffer.size", "2097152");
        settings.put("controlled.shutdown.enable", "false");
        KafkaConfig config = new KafkaConfig(settings, false);
        new Formatter()
                .setNodeId(1)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName("CONTROLLER")
                .addDirectory(directory.toString())
                .setMetadataLogDirectory(directory.toString())
                .setScramArguments(List.of("SCRAM-SHA-512=[name=" + user + ",password=" + password + "]"))
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))
                .run();
        SecureBroker broker = new SecureBroker(new KafkaRaftServer(config, Time.SYSTEM), port, inside, authority);
        broker.server.startup();
        return broker;
    }

    private static CertificateBuilder certificate(String subject) {
        return new CertificateBuilder()
                .rsa2048()
                .subject(subject)
                .notBefore(Instant.now().minusSeconds(60))
                .notAfter(Instant.now().plusSeconds(3600));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    public String servers() {
        return HOST + ":" + port;
    }

    /** The certificate of its CA, in PEM. */
    public String authority() {
        return authority.getRootCertificatePEM();
    }

    /** Creates topics of one partition. */
    public void create(String... topics) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", HOST + ":" + inside))) {
            admin.createTopics(Stream.of(topics)
                            .map(topic -> new NewTopic(topic, 1, (short) 1))
                            .toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    public void send(String topic, String value) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", HOST + ":" + inside),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, value.getBytes(UTF_8))).get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }
}
