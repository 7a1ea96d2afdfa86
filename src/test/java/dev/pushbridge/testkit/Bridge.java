package dev.pushbridge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.PushBridgeApplication;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.socket.SocketServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * One node: the real application in this JVM, on free ports and a topic of its own or shared with other nodes.
 *
 * <p>As a {@code @RegisterExtension} it is started before the tests of its class (a static field) or before each test
 * (an instance field) and closed after them; or a test calls {@link #start} and {@link #close} itself. Either way every
 * test ends by closing the clients and balancing the books.
 */
public final class Bridge
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Topic topic;
    private final Map<String, Object> properties;
    private final String path;
    private final List<Client> clients = new ArrayList<>();
    private final List<RawClient> rawClients = new ArrayList<>();
    private @Nullable Running running;
    private Scope scope = Scope.CALLER;

    private enum Scope {
        CALLER,
        EACH_TEST,
        ALL_TESTS
    }

    private Bridge(Topic topic, Map<String, Object> properties) {
        this.topic = topic;
        this.properties = properties;
        this.path = String.valueOf(properties.getOrDefault("push.socket.path", "/socket.io"));
    }

    /** A node on a topic of its own. */
    public static Bridge onNewTopic() {
        return on(Topic.create());
    }

    /** A node on a topic of its own that differs from the defaults. */
    public static Bridge onNewTopic(Map<String, Object> properties) {
        return on(Topic.create(), properties);
    }

    /** A node on a topic that others may share. */
    public static Bridge on(Topic topic) {
        return on(topic, Map.of());
    }

    /** A node on a topic that others may share, that differs from the defaults. */
    public static Bridge on(Topic topic, Map<String, Object> properties) {
        return new Bridge(topic, properties);
    }

    /** Starts the application and waits until it is ready. */
    public Bridge start() {
        launch();
        awaitReady();
        return this;
    }

    /** Starts the application and leaves it to the test to wait until it is ready. */
    public void launch() {
        if (running != null) {
            throw new IllegalStateException("already started");
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("spring.kafka.bootstrap-servers", Broker.servers());
        all.put("push.kafka.topic", topic.name());
        all.put("push.kafka.group", group());
        all.put("push.kafka.group-fetch-wait", "100ms");
        all.put("push.socket.host", "127.0.0.1");
        all.put("push.socket.port", 0);
        all.put("server.address", "127.0.0.1");
        all.put("server.port", 0);
        all.put("management.server.port", 0);
        all.putAll(properties);
        ConfigurableApplicationContext context = new SpringApplicationBuilder(PushBridgeApplication.class)
                .main(PushBridgeApplication.class)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .run(all.entrySet().stream()
                        .map(property -> "--" + property.getKey() + "=" + property.getValue())
                        .toArray(String[]::new));
        running = new Running(context, 0, 0);
    }

    /** Waits until the node says that it is ready; from here on the books are kept. */
    public void awaitReady() {
        await("ready").untilAsserted(() -> {
            HttpResponse<String> readiness = management("/actuator/health/readiness");
            assertThat(readiness.statusCode()).as(readiness.body()).isEqualTo(200);
        });
        Running node = running();
        running = new Running(node.context, topic.size(), figures().of(Meters.RECORDS_CONSUMED));
    }

    /** The consumer group of all nodes on the topic. */
    public String group() {
        return "group-of-" + topic.name();
    }

    public Topic topic() {
        return topic;
    }

    /** Connects a client, which is closed at the end of the test. */
    public Client open(ClientKind kind) {
        return open(kind, socketPort());
    }

    /** Connects a client by way of another port of this machine, such as a proxy's. */
    public Client open(ClientKind kind, int port) {
        Client client = begin(kind, ClientOptions.to(port).at(path));
        String ignored = client.id();
        return client;
    }

    /** Connects a client of Node with more options than usual, and does not wait: it may be refused. */
    public Client begin(ClientKind kind, String url, Map<String, Object> options) {
        return begin(kind, ClientOptions.to(url).at(path).forNode(options));
    }

    /** Has a client connect by whatever way, which is closed at the end of the test, and does not wait. */
    public Client begin(ClientKind kind, ClientOptions options) {
        Client client = kind.begin(options);
        clients.add(client);
        return client;
    }

    /** Connects a client that shows packets as they came over the wire; it is closed at the end of the test. */
    public RawClient openRaw() {
        RawClient client = RawClient.connect(socketPort(), path);
        rawClients.add(client);
        return client;
    }

    /** As {@link #openRaw}, but not yet in a namespace. */
    public RawClient shakeHandsRaw() {
        RawClient client = RawClient.shakeHands(socketPort(), path);
        rawClients.add(client);
        return client;
    }

    public PushSettings settings() {
        return running().context.getBean(PushSettings.class);
    }

    public int socketPort() {
        return running().context.getBean(SocketServer.class).port();
    }

    /** The port of the page and of {@code POST /api}; fails where both are off. */
    public int webPort() {
        return localPort("local.server.port");
    }

    public int managementPort() {
        return localPort("local.management.port");
    }

    /** Asks the management port. */
    public HttpResponse<String> management(String path) {
        return get(URI.create("http://127.0.0.1:" + managementPort() + path));
    }

    /** Scrapes the node's meters now. */
    public Figures figures() {
        HttpResponse<String> scrape = management("/actuator/prometheus");
        assertThat(scrape.statusCode()).isEqualTo(200);
        return new Figures(scrape.body());
    }

    /** Waits until the meter without a tag has the value. */
    public void await(Meters meter, long value) {
        await(meter.meter()).untilAsserted(() -> assertThat(figures().of(meter)).isEqualTo(value));
    }

    /** Waits until the meter has the value at one value of its tag. */
    public void await(Meters meter, String tagValue, long value) {
        await(meter.meter() + " " + tagValue)
                .untilAsserted(() -> assertThat(figures().of(meter, tagValue)).isEqualTo(value));
    }

    /**
     * Asserts that every record that was produced since the start was read, and that every record and every delivery
     * ended in exactly one outcome; waits for those that are on their way.
     */
    public void balanceBooks() {
        Running node = running();
        long produced = topic.size() - node.producedAtStart;
        await("balanced books").untilAsserted(() -> {
            Figures figures = figures();
            long consumed = figures.of(Meters.RECORDS_CONSUMED);
            assertThat(consumed - node.consumedAtStart).as("records consumed").isEqualTo(produced);
            assertThat(figures.sum(Meters.RECORDS)).as("records by outcome").isEqualTo(consumed);
            assertThat(figures.sum(Meters.DELIVERIES))
                    .as("deliveries by outcome")
                    .isEqualTo(figures.of(Meters.DELIVERIES_STARTED));
            assertThat(figures.of(Meters.DELIVERIES_UNACCOUNTED))
                    .as("deliveries unaccounted")
                    .isZero();
        });
    }

    /** Closes the clients, and asserts that nothing is left of them and that the books balance. */
    public void endTest() {
        clients.forEach(Client::close);
        clients.clear();
        rawClients.forEach(RawClient::close);
        rawClients.clear();
        await(Meters.SESSIONS, 0);
        await(Meters.TOKENS, 0);
        await(Meters.OPEN_SESSIONS, 0);
        await(Meters.CONNECTIONS, 0);
        balanceBooks();
    }

    /** Ends the test, as {@link #endTest} says, and the node. */
    @Override
    public void close() {
        Running node = running();
        try {
            endTest();
        } finally {
            node.context.close();
            running = null;
        }
    }

    /** Ends the node as it is: its clients are left to come back, and no book is balanced. */
    public void stop() {
        running().context.close();
        running = null;
    }

    /** Ends the node without looking at the books, which a node that never was ready does not have. */
    public void abandon() {
        clients.forEach(Client::close);
        clients.clear();
        running().context.close();
        running = null;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        scope = Scope.ALL_TESTS;
        start();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (scope == Scope.CALLER) {
            scope = Scope.EACH_TEST;
            start();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (scope == Scope.EACH_TEST) {
            close();
        } else {
            endTest();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }

    private static HttpResponse<String> get(URI uri) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("GET " + uri, e);
        }
    }

    private int localPort(String name) {
        return running().context.getEnvironment().getRequiredProperty(name, Integer.class);
    }

    private Running running() {
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    private record Running(ConfigurableApplicationContext context, long producedAtStart, long consumedAtStart) {}
}
