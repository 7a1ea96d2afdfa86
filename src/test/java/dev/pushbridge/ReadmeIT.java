package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** The records that the README prints do what it says. */
final class ReadmeIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic();

    static List<String> records() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        List<String> records = Pattern.compile("(?ms)^```json\n(.*?)^```$")
                .matcher(readme)
                .results()
                .flatMap(block -> block.group(1).lines())
                .filter(line -> line.startsWith("{\"tokens\""))
                .toList();
        assertThat(records).hasSizeGreaterThanOrEqualTo(4);
        return records;
    }

    @ParameterizedTest
    @MethodSource("records")
    void recordAsPrintedIsPushedToItsRecipients(String line) {
        JsonNode record = Json.parse(line);
        List<Client> recipients = record.path("tokens")
                .valueStream()
                .map(token -> {
                    Client client = bridge.open(ClientKind.NODE_4_WEBSOCKET);
                    client.login(token.asString());
                    return client;
                })
                .toList();

        bridge.topic().send(line);

        assertThat(recipients).isNotEmpty().allSatisfy(recipient -> {
            JsonNode push = recipient.nextPush();
            assertThat(push.path("data")).isEqualTo(record.path("data"));
            assertThat(push.path("type")).isEqualTo(record.path("type"));
        });
    }
}
