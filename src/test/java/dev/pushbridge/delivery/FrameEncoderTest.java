package dev.pushbridge.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.testkit.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class FrameEncoderTest {
    @Test
    void optionalFieldsAreLeftOutWhereTheEventHasNone() {
        assertThat(encoded(event("", "{}", null, null, null)))
                .isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":{}}]");
    }

    @Test
    void everyFieldOfTheEventIsThere() {
        assertThat(encoded(event("post", "[1]", "like", "like-7", "2026-11-23T08:00:00Z")))
                .isEqualTo("42[\"receive_message\",{\"entityType\":\"post\",\"data\":[1],\"id\":\"like-7\","
                        + "\"type\":\"like\",\"occurredAt\":\"2026-11-23T08:00:00Z\"}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "\"You shall not pass !!!\"",
                "12345678901234567890123",
                "1e400",
                "-0.0",
                "{ \"white\" :\t[ 1 ,\n2 ] }",
                "\"\\u0041\\/\"",
                "\"\u2028\uD83D\uDC4B\""
            })
    void dataIsCopiedAsItsBytes(String data) {
        assertThat(encoded(event("", data, null, null, null)))
                .isEqualTo("42[\"receive_message\",{\"entityType\":\"\",\"data\":" + data + "}]");
    }

    @Test
    void dataIsTakenFromItsSliceOfTheRecord() {
        byte[] record = "{\"data\":[7],\"tokens\":[\"1\"]}".getBytes(UTF_8);
        PushEvent event = new PushEvent(List.of("1"), "", new RawJson(record, 8, 3), null, null, null);
        assertThat(payload(event).path("data")).isEqualTo(Json.parse("[7]"));
    }

    @Test
    void everyCharacterSurvivesAsAString() {
        StringBuilder all = new StringBuilder();
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
                all.appendCodePoint(character);
            }
        }
        String text = all.toString();
        JsonNode payload = payload(event(text, "0", text, text, text));
        for (String field : List.of("entityType", "type", "id", "occurredAt")) {
            assertThat(payload.path(field).asString().equals(text)).as(field).isTrue();
        }
    }

    /** The encoder guesses a size at first; the worst case has six bytes for each character. */
    @Test
    void stringsThatGrowMostStillFit() {
        String text = "\u0001".repeat(10_000);
        assertThat(payload(event(text, "0", null, null, null))
                        .path("entityType")
                        .asString())
                .isEqualTo(text);
    }

    private static PushEvent event(
            String entityType, String data, @Nullable String type, @Nullable String id, @Nullable String occurredAt) {
        return new PushEvent(List.of("1"), entityType, RawJson.of(data), type, id, occurredAt);
    }

    private static String encoded(PushEvent event) {
        FrameEncoder encoder = new FrameEncoder();
        encoder.encode(event("written over", "[1,2,3]", "like", "x", null));
        encoder.encode(event);
        return new String(encoder.payload(), 0, encoder.size(), UTF_8) + "]";
    }

    private static JsonNode payload(PushEvent event) {
        String packet = encoded(event);
        assertThat(packet).startsWith("42");
        JsonNode args = Json.parse(packet.substring(2));
        assertThat(args.size()).isEqualTo(2);
        assertThat(args.path(0).asString()).isEqualTo("receive_message");
        return args.path(1);
    }
}
