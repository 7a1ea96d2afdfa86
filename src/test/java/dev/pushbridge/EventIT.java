package dev.pushbridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.RawClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** What a browser gets of a record, and what becomes of a record that nobody gets. */
final class EventIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic();

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void recordOfTheOriginalIsPushed(ClientKind kind) {
        Client one = loggedIn(kind, "1");
        Client two = loggedIn(kind, "2");

        bridge.topic().send("{\"tokens\":[\"1\",\"2\"],\"data\":\"You shall not pass !!!\"}");

        String expected = "{\"entityType\":\"\",\"data\":\"You shall not pass !!!\"}";
        assertThat(one.nextPush()).isEqualTo(Json.parse(expected));
        assertThat(two.nextPush()).isEqualTo(Json.parse(expected));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void everyFieldForTheBrowserIsHandedThrough(ClientKind kind) {
        Client client = loggedIn(kind, "anna");

        bridge.topic().send("""
                {"tokens":["anna"],"entityType":"post","data":{"post":{"id":42}},"type":"like","id":"%s",
                 "occurredAt":"2026-11-23T08:15:30+01:00","unknown":[1,2]}""".formatted(kind));

        assertThat(client.nextPush()).isEqualTo(Json.parse("""
                {"entityType":"post","data":{"post":{"id":42}},"type":"like","id":"%s",
                 "occurredAt":"2026-11-23T08:15:30+01:00"}""".formatted(kind)));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void dataIsAnEmptyObjectWhereTheRecordHasNone(ClientKind kind) {
        Client client = loggedIn(kind, "anna");

        bridge.topic().send("{\"tokens\":[\"anna\"]}");

        assertThat(client.nextPush()).isEqualTo(Json.parse("{\"entityType\":\"\",\"data\":{}}"));
    }

    @ParameterizedTest
    @EnumSource
    void dataOfEveryKindReachesTheClient(ClientKind kind) {
        Client client = loggedIn(kind, "anna");
        List<String> kinds = List.of(
                "1",
                "-2.5",
                "true",
                "null",
                "\"text\"",
                "[]",
                "[1,[2,[3]]]",
                "{\"a\":{\"b\":null}}",
                "\"\u00e4\u2028\u2029 \ud83d\udc4b\ud83c\udffd\"");

        kinds.forEach(data -> bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + data + "}"));

        for (String data : kinds) {
            assertThat(client.nextPush().path("data")).isEqualTo(Json.parse(data));
        }
    }

    static List<String> exactData() {
        return List.of(
                "1",
                "null",
                "\"text\"",
                "12345678901234567890123",
                "1e400",
                "-0",
                "1.0E+2",
                "0.1000000000000000055511151231257827",
                "\"\\u00e4 \\/ \\ud83d\\udc4b\"",
                "\"\u00e4 \u2028\u2029 \ud83d\udc4b\"",
                "{ \"b\" : 1,\t\"a\":\r\n [ ] }",
                "{\"twice\":1,\"twice\":2}",
                "{\"\":{}}",
                "[".repeat(200) + "]".repeat(200),
                "{\"d\":".repeat(200) + "0" + "}".repeat(200),
                "\"" + "x".repeat(300_000) + "\"");
    }

    /** What comes over the wire, since a client's own JSON reader would forgive. */
    @ParameterizedTest
    @MethodSource("exactData")
    void dataReachesTheWireByteForByte(String data) {
        RawClient client = bridge.openRaw();
        client.login("anna");

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + data + "}");

        String push = client.next();
        assertThat(push).startsWith("42[\"receive_message\",{\"entityType\":\"\",\"data\":" + data + "},\"");
        assertThat(push.substring(push.lastIndexOf('}'))).matches("},\"[A-Za-z0-9_-]+\"]");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = ".*_WEBSOCKET")
    void tokenThatStandsTwiceGetsOnePush(ClientKind kind) {
        Client client = loggedIn(kind, "7");

        bridge.topic().send("{\"tokens\":[\"7\",7,\"7\"],\"data\":1}");
        bridge.topic().send("{\"tokens\":[7],\"data\":2}");

        assertThat(client.nextPush().path("data").asInt()).isEqualTo(1);
        assertThat(client.nextPush().path("data").asInt()).isEqualTo(2);
    }

    @Test
    void pushesKeepTheOrderOfThePartition() {
        Client client = loggedIn(ClientKind.NODE_4_WEBSOCKET, "anna");

        for (int i = 0; i < 500; i++) {
            bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":" + i + "}");
        }

        for (int i = 0; i < 500; i++) {
            assertThat(client.nextPush().path("data").asInt()).isEqualTo(i);
        }
    }

    @Test
    void recordForNobodyIsCountedAsOffline() {
        long before = bridge.figures().of(Meters.RECORDS, RecordOutcome.OFFLINE.word());

        bridge.topic().send("{\"tokens\":[\"nobody\"],\"data\":1}");

        bridge.await(Meters.RECORDS, RecordOutcome.OFFLINE.word(), before + 1);
    }

    static List<byte[]> badRecords() {
        return List.of(
                "not JSON".getBytes(UTF_8),
                "{\"data\":1}".getBytes(UTF_8),
                new byte[] {'{', (byte) 0xff, '}'},
                new byte[0],
                "[".repeat(400_000).getBytes(UTF_8));
    }

    @ParameterizedTest(name = "bad record {index}")
    @MethodSource("badRecords")
    void badRecordBetweenTwoGoodOnesHarmsNeither(byte[] bad) {
        Client client = loggedIn(ClientKind.NODE_4_WEBSOCKET, "anna");
        int lettersBefore = bridge.topic().deadLetters().size();

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"before\"}");
        bridge.topic().send(null, bad);
        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"after\"}");

        assertThat(client.nextPush().path("data").asString()).isEqualTo("before");
        assertThat(client.nextPush().path("data").asString()).isEqualTo("after");
        assertThat(bridge.topic()
                        .awaitDeadLetters(lettersBefore + 1)
                        .get(lettersBefore)
                        .value())
                .isEqualTo(bad);
    }

    @Test
    void tombstoneIsADeadLetterToo() {
        int lettersBefore = bridge.topic().deadLetters().size();
        long before = bridge.figures().of(Meters.DEAD_LETTERS, InvalidReason.TOMBSTONE.word());

        bridge.topic().send("key".getBytes(UTF_8), null);

        assertThat(bridge.topic()
                        .awaitDeadLetters(lettersBefore + 1)
                        .get(lettersBefore)
                        .value())
                .isNull();
        bridge.await(Meters.DEAD_LETTERS, InvalidReason.TOMBSTONE.word(), before + 1);
    }

    private static Client loggedIn(ClientKind kind, String token) {
        Client client = bridge.open(kind);
        client.login(token);
        return client;
    }
}
