package dev.pushbridge;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.CompletableFuture.runAsync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Forwarder;
import dev.pushbridge.testkit.Topic;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node that stops, as its clients see it: behind a load balancer that goes by readiness they come to the other one. */
final class ShutdownIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SESSIONS = 12;

    private final Topic topic = Topic.create();
    /** Twelve sessions on one loop leave one by one, half a second apart. */
    private final Bridge leaving =
            Bridge.on(topic, Map.of("push.socket.shutdown-grace", "10s", "push.socket.event-loops", 1));

    private final Bridge staying = Bridge.on(topic);
    private final Map<ClientKind, Client> clients = new EnumMap<>(ClientKind.class);

    @Test
    void everyStockClientGoesOverToTheOtherNode() throws Exception {
        leaving.start();
        staying.start();
        try (Forwarder balancer = new Forwarder(addressOf(leaving))) {
            balancer.open();
            for (ClientKind kind : ClientKind.values()) {
                Client client = kind.open(
                        ClientOptions.to("http://" + balancer.address()).reconnecting());
                clients.put(kind, client);
                if (kind.upgrades()) {
                    String ignored = client.awaitWebSocket();
                }
                client.login(tokenOf(kind));
            }
            int port = leaving.socketPort();

            CompletableFuture<Void> stop = runAsync(leaving::stop);
            await("nobody new").atMost(PATIENCE).until(() -> isRefused(port));
            assertThat(leaving.management("/actuator/health/readiness").statusCode())
                    .as("readiness, before anybody new is refused")
                    .isEqualTo(503);
            balancer.mend(addressOf(staying));

            for (ClientKind kind : ClientKind.values()) {
                Client client = requireNonNull(clients.get(kind));
                // By a close frame, by Engine.IO's close, or the end; "io server disconnect" would keep it away.
                assertThat(client.awaitDisconnect())
                        .as("%s", kind)
                        .isEqualTo(kind.noticesCloseFrames() ? "transport close" : "transport error");
                Client.Connect ignored = client.awaitReconnect();
                client.login(tokenOf(kind));
                topic.send("{\"tokens\":[\"" + tokenOf(kind) + "\"],\"data\":\"for " + kind + "\"}");
                assertThat(client.nextPush().path("data").asString()).isEqualTo("for " + kind);
            }
            stop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            staying.await(Meters.SESSIONS, clients.size());
        } finally {
            clients.values().forEach(Client::close);
            staying.close();
        }
    }

    /** These clients do not come back, so that what they get is from the node that leaves. */
    @Test
    void whoStillWaitsToBeToldToGoIsPushedToByTheNodeThatLeaves() throws Exception {
        leaving.start();
        List<Client> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                Client client = ClientKind.NODE_4_WEBSOCKET.open(ClientOptions.to(leaving.socketPort()));
                waiting.add(client);
                client.login("anna");
            }
            int port = leaving.socketPort();

            CompletableFuture<Void> stop = runAsync(leaving::stop);
            await("nobody new").atMost(PATIENCE).until(() -> isRefused(port));
            topic.send("{\"tokens\":[\"anna\"],\"data\":\"still served\"}");
            stop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

            waiting.forEach(client -> assertThat(client.awaitDisconnect()).isEqualTo("transport close"));
            assertThat(waiting)
                    .filteredOn(client -> !client.unread().isEmpty())
                    .as("the node took 5 s to tell them all, the event came in its first second")
                    .hasSizeGreaterThan(SESSIONS / 2)
                    .allSatisfy(
                            client -> assertThat(client.nextPush().path("data").asString())
                                    .isEqualTo("still served"));
        } finally {
            waiting.forEach(Client::close);
        }
    }

    private static String tokenOf(ClientKind kind) {
        return "user of " + kind;
    }

    private static String addressOf(Bridge node) {
        return "127.0.0.1:" + node.socketPort();
    }

    private static boolean isRefused(int port) throws IOException {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return false;
        } catch (ConnectException refused) {
            return true;
        }
    }
}
