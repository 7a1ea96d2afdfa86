package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is off or elsewhere by default: {@code new_user}, and a path as behind a proxy. */
final class SocketOptionsIT {
    @RegisterExtension
    static final Bridge bridge =
            Bridge.onNewTopic(Map.of("push.socket.new-user", true, "push.socket.path", "/ws/socket.io"));

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

    @ParameterizedTest
    @EnumSource
    void pathIsTheClientsOptionOfThatName(ClientKind kind) {
        Client client = bridge.open(kind);
        client.login("anna");

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":1}");

        assertThat(client.nextPush().path("data").asInt()).isEqualTo(1);
    }
}
