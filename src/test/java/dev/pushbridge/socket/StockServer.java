package dev.pushbridge.socket;

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
import java.util.concurrent.ConcurrentHashMap;

/**
 * netty-socketio as it comes, with the same events on it as ours. Its configuration is the default one but for the port,
 * and for times as short as those that ours is tried with.
 */
final class StockServer implements Target, AutoCloseable {
    private final Map<String, SocketIOClient> logins = new ConcurrentHashMap<>();
    private final SocketIOServer server;
    private final int port;

    StockServer(Duration pingInterval, Duration pingTimeout, Duration requestTimeout, Duration upgradeTimeout) {
        port = freePort();
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(port);
        configuration.setPingInterval((int) pingInterval.toMillis());
        configuration.setPingTimeout((int) pingTimeout.toMillis());
        configuration.setFirstDataTimeout((int) requestTimeout.toMillis());
        configuration.setUpgradeTimeout((int) upgradeTimeout.toMillis());
        server = new SocketIOServer(configuration);
        server.addEventListener("user_login", Login.class, (client, login, ack) -> {
            logins.put(login.tokenId, client);
            ack.sendAckData(Map.of("ok", true));
        });
        server.addEventListener("user_logout", Object.class, (client, nothing, ack) -> {
            logins.values().removeIf(client::equals);
            ack.sendAckData(Map.of("ok", true));
        });
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

    /** It has one second for what ours has ten: it is not our fault if it is slow, and it mostly never comes. */
    @Override
    public Duration patience() {
        return Duration.ofSeconds(1);
    }

    /** Does not wait for the four seconds that it takes. */
    @Override
    public void close() {
        Thread stop = new Thread(server::stop, "stop-stock");
        stop.setDaemon(true);
        stop.start();
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
