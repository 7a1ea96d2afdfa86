package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many pushes, and large ones, to every kind of client at once. */
final class PushesIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic();

    private List<Client> clients = List.of();

    @BeforeEach
    void everyKindOfClientLogsIn() {
        clients = Stream.of(ClientKind.values()).map(bridge::open).toList();
        clients.forEach(client -> client.login("anna"));
    }

    /** A server that is widely used loses every 51st packet that waits for a poll. */
    @ParameterizedTest
    @ValueSource(ints = {1, 49, 50, 51, 200, 5000})
    void burstArrivesCompleteAndInOrder(int size) {
        bridge.topic()
                .sendAll(IntStream.range(0, size)
                        .mapToObj(i -> "{\"tokens\":[\"anna\"],\"data\":\"" + i + " \u00e9\ud83d\ude00\"}")
                        .toList());

        for (Client client : clients) {
            for (int i = 0; i < size; i++) {
                assertThat(client.nextPush().path("data").asString())
                        .as("push %d of %d to %s", i, size, client)
                        .isEqualTo(i + " \u00e9\ud83d\ude00");
            }
        }
        clients.forEach(client ->
                assertThat(client.ask("user_logout").path("ok").asBoolean()).isTrue());
        assertThat(clients).allSatisfy(client -> assertThat(client.unread()).isEmpty());
    }

    @Test
    void halfAMegabyteArrivesWhole() {
        String large = Json.write("\u00e9".repeat(250_000)); // 500 KB of UTF-8

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + large + "}");
        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"and the next\"}");

        for (Client client : clients) {
            assertThat(client.nextPush().path("data")).as("%s", client).isEqualTo(Json.parse(large));
            assertThat(client.nextPush().path("data").asString()).isEqualTo("and the next");
        }
    }
}
