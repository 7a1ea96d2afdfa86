package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What is off or elsewhere by default: {@code new_user}, compression, and a path as behind a proxy. */
final class SocketOptionsIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(
            Map.of("push.socket.new-user", true, "push.socket.compression", true, "push.socket.path", "/ws/socket.io"));

    @ParameterizedTest
    @EnumSource
    void connectIsAnnouncedToEverybodyElse(ClientKind kind) {
        Client first = bridge.open(kind);
        Client second = bridge.open(kind);
        assertThat(first.next()).isEqualTo(new Client.Received("new_user", List.of(Json.parse("{}"))));
        Client third = bridge.open(kind);
        assertThat(first.next().event()).isEqualTo("new_user");
        assertThat(second.next().event()).isEqualTo("new_user");

        third.login("anna");
        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"nothing before this\"}");

        assertThat(third.nextPush().path("data").asString()).isEqualTo("nothing before this");
    }

    @Test
    void pushesAreCompressedForThoseThatOfferIt() {
        List<Client> clients = Stream.of(
                        ClientKind.NODE_4_WEBSOCKET,
                        ClientKind.NODE_3_WEBSOCKET,
                        ClientKind.NODE_4_POLLING,
                        ClientKind.JAVA_WEBSOCKET)
                .map(bridge::open)
                .toList();
        assertThat(clients.get(0).awaitWebSocket()).contains("permessage-deflate");
        assertThat(clients.get(1).awaitWebSocket()).contains("permessage-deflate");
        clients.forEach(client -> client.login("anna"));
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> Json.write("\u00e9\ud83d\ude00".repeat(i * i)))
                .toList();

        bridge.topic()
                .sendAll(texts.stream()
                        .map(text -> "{\"tokens\":[\"anna\"],\"data\":" + text + "}")
                        .toList());

        for (Client client : clients) {
            for (String text : texts) {
                assertThat(nextPushOf(client).path("data")).as("%s", client).isEqualTo(Json.parse(text));
            }
        }
    }

    /** Past the others' arrivals. */
    private static JsonNode nextPushOf(Client client) {
        Client.Received next = client.next();
        while (next.event().equals("new_user")) {
            next = client.next();
        }
        assertThat(next.event()).isEqualTo("receive_message");
        return next.args().get(0);
    }

    @ParameterizedTest
    @EnumSource
    void pathIsTheClientsOptionOfThatName(ClientKind kind) {
        Client client = bridge.open(kind);
        client.login("anna");

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":1}");

        assertThat(client.nextPush().path("data").asInt()).isEqualTo(1);
    }
}
