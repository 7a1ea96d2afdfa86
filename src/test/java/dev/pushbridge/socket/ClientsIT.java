package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.ClientOptions;
import dev.pushbridge.testkit.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import tools.jackson.databind.JsonNode;

/** What the stock clients do with a server, each over every way to travel; the pushes are in {@code PushesIT}. */
final class ClientsIT {
    private static final int UPGRADES = 500;
    private static final int AT_ONCE = 25;

    private static final SocketServer server = SuiteServer.of(TestSettings.with("shutdown-grace", "0s"));
    private static final SocketServer compressing =
            SuiteServer.of(TestSettings.with("compression", "true", "shutdown-grace", "0s"));

    /** Misses within 4 s a client that goes away between two polls. */
    private static final SocketServer attentive =
            SuiteServer.of(TestSettings.with("ping-interval", "1s", "ping-timeout", "3s", "shutdown-grace", "0s"));

    private static final List<SocketServer> SERVERS = List.of(server, compressing, attentive);

    private final List<Client> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        SERVERS.forEach(SocketServer::start);
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(SocketServer::stop);
    }

    /** However a test ends, nothing may be left behind. */
    @AfterEach
    void closeClients() {
        clients.forEach(Client::close);
        await().untilAsserted(() -> assertThat(SERVERS)
                .allSatisfy(each -> assertThat(each.sessions()).isZero()));
    }

    @ParameterizedTest
    @EnumSource
    void eventsComeBackWithEverythingThatJsonHas(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(server.port()));
        List<String> values = List.of(
                "1",
                "-2.5",
                "true",
                "\"\"",
                "[1,[2,[]]]",
                "{\"a\":{\"b\":null}}",
                "\"\u00e4\u2028 \ud83d\udc4b\ud83c\udffd\"");
        for (String value : values) {
            client.emit("message", value, "\"and more\"");
        }
        for (String value : values) {
            assertThat(client.next("message-back")).containsExactly(Json.parse(value), Json.parse("\"and more\""));
        }
    }

    @ParameterizedTest
    @EnumSource
    void acksGoBothWays(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(server.port()));
        assertThat(client.ask("message-with-ack", "\"\u00e9\ud83d\ude00\""))
                .isEqualTo(Json.parse("\"\u00e9\ud83d\ude00\""));
        client.emit("ask", "\"ready?\"");
        assertThat(client.next("question")).containsExactly(Json.parse("\"ready?\""));
        assertThat(client.next("answer")).containsExactly(Json.parse("[\"ready?\"]"));
    }

    @ParameterizedTest
    @EnumSource
    void authOfTheClientReachesTheApplication(ClientKind kind) {
        Map<String, String> auth = Map.of("token", "\u00e9\ud83d\ude00 &?=");
        // Client 2.x has no such option; it hands over the query of a namespace.
        ClientOptions options = ClientOptions.to(server.port()).with(auth).in(kind.isOld() ? "/custom" : "/");
        Client client = kind.open(options);
        clients.add(client);
        assertThat(client.next("auth")).containsExactly(Json.parse(Json.write(auth)));
    }

    @ParameterizedTest
    @EnumSource
    void namespaceIsJoinedIfItIsThere(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(server.port()).in("/custom"));
        assertThat(client.ask("message-with-ack", "1").asInt()).isEqualTo(1);

        Client refused = kind.begin(ClientOptions.to(server.port()).in("/random"));
        assertThat(refused.awaitDisconnect()).startsWith("refused: ").contains("Invalid namespace");
        refused.disconnect();
    }

    @ParameterizedTest
    @EnumSource
    void brokenConnectionIsMadeAgain(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(attentive.port()).reconnecting());
        if (kind.upgrades()) {
            assertThat(client.awaitWebSocket()).isEmpty();
        }
        String id = client.id();
        client.kill();
        assertThat(client.awaitReconnect().id()).isNotEqualTo(id);
        assertThat(client.next("auth")).hasSize(1);
        assertThat(client.ask("message-with-ack", "\"again\"").asString()).isEqualTo("again");
    }

    @ParameterizedTest
    @EnumSource
    void hundredKilobytesComeUpAndGoDownWhole(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(server.port()));
        String large = Json.write("\u00e9".repeat(50_000)); // 100 KB of UTF-8
        client.emit("message", large);
        assertThat(client.next("message-back")).containsExactly(Json.parse(large));
    }

    @ParameterizedTest
    @EnumSource
    void bytesGoBothWaysInEventsAndAcks(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(server.port()));
        JsonNode few = Json.bytes(new byte[] {0, 4, 30, -1, 98});
        JsonNode many = Json.bytes(new byte[20_000]);
        client.emit("message", few.toString(), "\"text\"", many.toString());
        assertThat(client.next("message-back")).containsExactly(few, Json.parse("\"text\""), many);
        assertThat(client.ask("message-with-ack", few.toString())).isEqualTo(few);
    }

    /** Since 4.6 clients cut what they post to the size that the handshake told. */
    @Test
    void clientThatPollsDoesNotPostMoreThanTheServerTakes() {
        Client client = open(ClientKind.NODE_4_POLLING, ClientOptions.to(server.port()));
        String large = Json.write("x".repeat(60_000));
        for (int i = 0; i < 10; i++) {
            client.emit("message", large);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(client.next("message-back")).containsExactly(Json.parse(large));
        }
    }

    /** The official server's own trap: an upgrade that hangs until the ping timeout, now and then. */
    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_UPGRADE")
    void noUpgradeHangs(ClientKind kind) {
        for (int i = 0; i < UPGRADES; i += AT_ONCE) {
            List<Client> batch = new ArrayList<>();
            for (int j = 0; j < AT_ONCE; j++) {
                batch.add(kind.begin(ClientOptions.to(server.port())));
            }
            batch.forEach(client -> client.emit("message", "1"));
            batch.forEach(client -> assertThat(client.awaitWebSocket()).isEmpty());
            batch.forEach(client -> {
                assertThat(client.next("auth")).hasSize(1);
                assertThat(client.next("message-back")).hasSize(1);
                assertThat(client.ask("message-with-ack", "2").asInt()).isEqualTo(2);
                client.disconnect();
            });
            batch.forEach(client -> assertThat(client.awaitDisconnect()).isEqualTo("io client disconnect"));
        }
    }

    // ---- compression

    @ParameterizedTest
    @EnumSource(names = {"NODE_2_WEBSOCKET", "NODE_3_UPGRADE", "NODE_4_WEBSOCKET", "NODE_4_UPGRADE"})
    void clientsThatOfferCompressionGetItWhereItIsOn(ClientKind kind) {
        Client client = open(kind, ClientOptions.to(compressing.port()));
        assertThat(client.awaitWebSocket()).contains("permessage-deflate");
        for (int length : List.of(0, 1000, 1024, 5000, 100_000)) {
            String text = Json.write("\u00e9\ud83d\ude00".repeat(length / 6));
            client.emit("message", text);
            assertThat(client.next("message-back")).containsExactly(Json.parse(text));
        }
        JsonNode bytes = Json.bytes(new byte[2000]);
        client.emit("message", bytes.toString());
        assertThat(client.next("message-back")).containsExactly(bytes);
    }

    @Test
    void compressionIsOffByDefault() {
        Client client = open(ClientKind.NODE_4_WEBSOCKET, ClientOptions.to(server.port()));
        assertThat(client.awaitWebSocket()).isEmpty();
    }

    /** Connected, and past the suite's {@code auth} event. */
    private Client open(ClientKind kind, ClientOptions options) {
        Client client = kind.open(options);
        clients.add(client);
        assertThat(client.next("auth")).hasSize(1);
        return client;
    }
}
