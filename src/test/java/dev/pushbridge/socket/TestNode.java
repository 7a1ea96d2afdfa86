package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.Frame;
import dev.pushbridge.event.LoginRefusal;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.SocketSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The bridge's front and application on a free port, without Kafka; its books, and what it still holds. */
final class TestNode implements Target, AutoCloseable {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private final PushMetrics metrics = new PushMetrics(meters);
    private final TestDelivery delivery;
    private final SocketServer server;
    private volatile @Nullable Front front;
    private long offset;

    private TestNode(@Nullable SocketApplication own, Duration loginPatience, String... settings) {
        SocketSettings socket = TestSettings.with(settings);
        delivery = new TestDelivery(registry, metrics, socket.limits().socketsPerToken(), loginPatience);
        Gate gate = new Gate(
                Authenticator.trusting(),
                registry,
                metrics,
                Clock.systemUTC(),
                socket.limits().loginTimeout(),
                Duration.ZERO);
        SocketApplication application = own != null
                ? own
                : new PushApplication(
                        registry,
                        delivery.logins(),
                        gate,
                        null,
                        socket.newUser() ? PushApplication.Greeting.EVERYBODY : PushApplication.Greeting.NOBODY,
                        metrics,
                        new Departures());
        server = new SocketServer(
                socket,
                List.of(new Endpoint("/socket.io", session -> {
                    front = session.front();
                    return new SocketConversation(session, application);
                })),
                metrics);
        delivery.goesOutBy(server);
        server.start();
    }

    /** Settings as {@link TestSettings#with} takes them; sessions are not paced out, unless they say so. */
    static TestNode with(String... settings) {
        return new TestNode(null, TestDelivery.PATIENCE, unpaced(settings));
    }

    /** With logins that wait so long for this node before it is too early for them. */
    static TestNode patient(Duration loginPatience, String... settings) {
        return new TestNode(null, loginPatience, unpaced(settings));
    }

    /** With another application than the bridge's. */
    static TestNode of(SocketApplication application, String... settings) {
        return new TestNode(application, TestDelivery.PATIENCE, unpaced(settings));
    }

    /** A server of that application alone, to be started; settings as {@link #with} takes them. */
    static SocketServer server(SocketApplication application, PushMetrics metrics, String... settings) {
        return new SocketServer(
                TestSettings.with(unpaced(settings)),
                List.of(new Endpoint("/socket.io", session -> new SocketConversation(session, application))),
                metrics);
    }

    private static String[] unpaced(String... settings) {
        return Stream.concat(Stream.of("shutdown-grace", "0s"), Stream.of(settings))
                .toArray(String[]::new);
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public int push(String token, String text) {
        Session[] sessions = registry.sessionsOf(token);
        push(token, new Frame(("42[\"receive_message\",\"" + text + "\"]").getBytes(UTF_8)));
        return sessions.length;
    }

    @Override
    public int kept() {
        return server.sessions() + front().sessions().size();
    }

    @Override
    public Duration patience() {
        return Duration.ofSeconds(10);
    }

    void push(String token, Frame frame) {
        delivery.send(registry.sessionsOf(token), frame);
    }

    /** Hands out an event as the topic's next record; it leaves with the next {@link #flush}. */
    void dispatch(PushEvent event) {
        long now = System.currentTimeMillis();
        delivery.dispatcher().dispatch(0, offset++, now, now, event, null);
    }

    void flush() {
        delivery.dispatcher().flush();
    }

    SocketServer server() {
        return server;
    }

    SessionRegistry registry() {
        return registry;
    }

    /** Known once there was a session. */
    Front front() {
        return requireNonNull(front, "there was no session yet");
    }

    long ended(SessionEnd end) {
        return count(Meters.SESSIONS_ENDED, "reason", end.word());
    }

    long refused(RequestRefusal reason) {
        return count(Meters.REQUESTS_REFUSED, "reason", reason.word());
    }

    long refused(LoginRefusal reason) {
        return count(Meters.LOGINS_REFUSED, "reason", reason.word());
    }

    long deliveries(DeliveryOutcome outcome) {
        return count(Meters.DELIVERIES, "outcome", outcome.word());
    }

    private long count(Meters meter, String tag, String value) {
        return (long) meters.get(meter.meter()).tag(tag, value).counter().count();
    }

    long connections() {
        return figure(Meters.CONNECTIONS);
    }

    long backlogBytes() {
        return figure(Meters.BACKLOG_BYTES);
    }

    private long figure(Meters meter) {
        return (long) meters.get(meter.meter()).gauge().value();
    }

    /** Waits until nobody is connected, and asserts that nothing of anybody is left. */
    void awaitNobody() {
        await("everybody to be gone").untilAsserted(() -> {
            assertThat(connections()).as("connections").isZero();
            assertThat(server.sessions()).as("sessions").isZero();
            assertThat(registry.sessionCount()).as("logins").isZero();
            assertThat(registry.tokenCount()).as("tokens").isZero();
            assertThat(backlogBytes()).as("backlog").isZero();
        });
    }

    @Override
    public void close() {
        if (server.isRunning()) {
            server.stop();
        }
        delivery.close();
        assertThat(registry.sessionCount()).as("logins").isZero();
    }
}
