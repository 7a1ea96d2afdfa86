package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;

import com.corundumstudio.socketio.AuthTokenResult;
import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOClient;
import com.corundumstudio.socketio.SocketIOServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * netty-socketio as it comes, with the same events on it as ours. Its configuration is the default one but for the port,
 * and for times as short as those that ours is tried with.
 */
final class StockServer implements Target, AutoCloseable {
    private static final Queue<Thread> STOPS = new ConcurrentLinkedQueue<>();

    private final Map<String, SocketIOClient> logins = new ConcurrentHashMap<>();
    private final SocketIOServer server;
    private final int port;
    private final Duration patience;

    /**
     * @param ping of its ping interval and ping timeout each
     * @param timeout of the first request and of an upgrade
     */
    StockServer(Duration ping, Duration timeout, Duration patience) {
        this.patience = patience;
        port = freePort();
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(port);
        configuration.setPingInterval((int) ping.toMillis());
        configuration.setPingTimeout((int) ping.toMillis());
        configuration.setFirstDataTimeout((int) timeout.toMillis());
        configuration.setUpgradeTimeout((int) timeout.toMillis());
        server = new SocketIOServer(configuration);
        server.addEventListener("user_login", Login.class, (client, login, ack) -> {
            logins.put(login.tokenId, client);
            ack.sendAckData(Map.of("ok", true));
        });
        server.addEventListener("user_logout", Object.class, (client, nothing, ack) -> {
            logins.values().removeIf(client::equals);
            ack.sendAckData(Map.of("ok", true));
        });
        server.addEventListener("bytes", Object.class, (client, nothing, ack) -> ack.sendAckData(new byte[] {1, 2, 3}));
        server.addConnectListener(client -> server.getBroadcastOperations().sendEvent("new_user", client, Map.of()));
        server.getNamespace("")
                .addAuthTokenListener((auth, client) ->
                        auth instanceof Map<?, ?> fields && fields.get("tokenId") instanceof String
                                ? AuthTokenResult.AuthTokenResultSuccess
                                : new AuthTokenResult(false, Map.of("message", "tokenId: expected a string")));
        server.addDisconnectListener(client -> logins.values().removeIf(client::equals));
        server.start();
    }

    /** As the browser sends it. */
    public static final class Login {
        public String tokenId = "";
        public String userId = "";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public int push(String token, String text) {
        SocketIOClient client = logins.get(token);
        if (client == null) {
            return 0;
        }
        client.sendEvent("receive_message", text);
        return 1;
    }

    @Override
    public int kept() {
        Object pipeline = requireNonNull(ReflectionTestUtils.getField(server, "pipelineFactory"));
        Object acks = requireNonNull(ReflectionTestUtils.getField(pipeline, "ackManager"));
        Map<?, ?> due = (Map<?, ?>) requireNonNull(ReflectionTestUtils.getField(acks, "ackEntries"));
        return server.getAllClients().size() + due.size();
    }

    @Override
    public Duration patience() {
        return patience;
    }

    /** Does not wait for the four seconds that it takes; see {@link #awaitStops}. */
    @Override
    public void close() {
        Thread stop = new Thread(server::stop, "stop-stock");
        stop.setDaemon(true);
        STOPS.add(stop);
        stop.start();
    }

    /** Waits until all that were closed have stopped, and holds on to none of them. */
    static void awaitStops() throws InterruptedException {
        for (Thread stop = STOPS.poll(); stop != null; stop = STOPS.poll()) {
            stop.join(30_000);
            if (stop.isAlive()) {
                throw new AssertionError("netty-socketio does not stop");
            }
        }
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
