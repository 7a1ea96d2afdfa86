package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.PushEvent;
import java.nio.charset.Charset;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

class EventDecoderTest {
    private final EventDecoder decoder = new EventDecoder(DataSize.ofKilobytes(64));

    @Test
    void originalsOwnExampleIsAnEvent() throws Exception {
        PushEvent event = decode("{\"tokens\":[\"1\",\"2\"],\"data\":\"You shall not pass !!!\"}");
        assertThat(event.tokens()).containsExactly("1", "2");
        assertThat(event.data()).hasToString("\"You shall not pass !!!\"");
        assertThat(event.entityType()).isEmpty();
        assertThat(event.type()).isNull();
        assertThat(event.id()).isNull();
        assertThat(event.occurredAt()).isNull();
    }

    @Test
    void everyFieldIsRead_unknownOnesAreIgnored() throws Exception {
        PushEvent event = decode("""
                {"v":[{"tokens":[]}],"occurredAt":"2026-11-23T08:15:30.25+01:00","id":"e-1","type":"like",
                 "entityType":"post \\u00e9\\"","data":{"a":1},"tokens":["anna"],"more":null}""");
        assertThat(event.tokens()).containsExactly("anna");
        assertThat(event.entityType()).isEqualTo("post é\"");
        assertThat(event.type()).isEqualTo("like");
        assertThat(event.id()).isEqualTo("e-1");
        assertThat(event.occurredAt()).isEqualTo("2026-11-23T08:15:30.25+01:00");
        assertThat(event.data()).hasToString("{\"a\":1}");
    }

    @Test
    void nullInAnOptionalFieldIsAnAbsentField_butDataMayBeNull() throws Exception {
        PushEvent event = decode(
                "{\"tokens\":[\"a\"],\"entityType\":null,\"data\":null,\"type\":null,\"id\":null,\"occurredAt\":null}");
        assertThat(event.entityType()).isEmpty();
        assertThat(event.data()).hasToString("null");
        assertThat(event.type()).isNull();
        assertThat(event.id()).isNull();
        assertThat(event.occurredAt()).isNull();
        assertThat(decode("{\"tokens\":[\"a\"]}").data()).hasToString("{}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-0.0",
                "1e400",
                "null",
                "true",
                "false",
                "\"\"",
                "\"text\"",
                "\"\\ud83d \\u2028\"",
                "\"😀\u2028é\"",
                "12345678901234567890123",
                "[]",
                "{}",
                "[ 1 ,\t{ \"a\" : [ ] , \"a\" : 2 } ]",
                "{\"tokens\":{\"data\":\"]}\"}}"
            })
    void dataIsTheProducersBytes_whereverItStands(String data) throws Exception {
        assertThat(decode("{\"data\":" + data + ",\"tokens\":[\"a\"]}").data()).hasToString(data);
        assertThat(decode("{\"tokens\":[\"a\"],\"data\" : \n" + data + "\n}").data())
                .hasToString(data);
        assertThat(decode("{\"tokens\":[\"a\"],\"data\":" + data + "}").data()).hasToString(data);
    }

    @Test
    void dataMayBeDeep_butNotBottomless() throws Exception {
        int below = EventDecoder.MAX_DEPTH - 1; // the record itself is a level
        String deep = "[".repeat(below) + "]".repeat(below);
        assertThat(decode("{\"tokens\":[\"a\"],\"data\":" + deep + "}").data()).hasToString(deep);
        refused("{\"tokens\":[\"a\"],\"data\":[" + deep + "]}", InvalidReason.TOO_DEEP, "nested too deep");
        refused("[".repeat(60_000), InvalidReason.TOO_DEEP, "500");
    }

    @Test
    void longNumbersInDataPass() throws Exception {
        String digits = "1".repeat(5_000);
        assertThat(decode("{\"tokens\":[\"a\"],\"data\":" + digits + "}").data())
                .hasToString(digits);
    }

    @Test
    void numericTokensAreReadAsStrings_andDuplicatesOnce() throws Exception {
        assertThat(decode("{\"tokens\":[1,\"1\",\"a\",2.50,\"a\",-7]}").tokens())
                .containsExactly("1", "a", "2.50", "-7");
        String many = IntStream.range(0, EventDecoder.MAX_TOKENS)
                .mapToObj(i -> "\"t" + (i % 5_000) + "\"")
                .collect(Collectors.joining(","));
        assertThat(decoderOf(DataSize.ofMegabytes(1))
                        .decode(bytes("{\"tokens\":[" + many + "]}", UTF_8))
                        .tokens())
                .hasSize(5_000)
                .startsWith("t0", "t1")
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                  | NOT_JSON        | empty",
                "'   '                               | NOT_JSON        | empty",
                "hello                               | NOT_JSON        | not JSON",
                "{\"tokens\":[\"a\"]                 | NOT_JSON        | not JSON",
                "{\"tokens\":[\"a\"]} {}             | NOT_JSON        | more after",
                "{\"tokens\":[\"a\"],\"data\":01}    | NOT_JSON        | not JSON",
                "{\"tokens\":[\"a\"],'data':1}       | NOT_JSON        | not JSON",
                "{\"tokens\":[\"a\"],\"data\":NaN}   | NOT_JSON        | not JSON",
                "[1,2]                               | NOT_OBJECT      | an array",
                "\"text\"                            | NOT_OBJECT      | a string",
                "null                                | NOT_OBJECT      | null",
                "17                                  | NOT_OBJECT      | a number",
                "{}                                  | TOKENS          | tokens: missing (expected: an array of 1 to 10000 strings)",
                "{\"tokens\":null}                   | TOKENS          | missing",
                "{\"tokens\":[]}                     | TOKENS          | tokens: []",
                "{\"tokens\":\"a\"}                  | TOKENS          | a string",
                "{\"tokens\":{}}                     | TOKENS          | an object",
                "{\"tokens\":[\"a\",true]}           | TOKENS          | tokens[1]: a boolean",
                "{\"tokens\":[\"a\",null]}           | TOKENS          | tokens[1]: null",
                "{\"tokens\":[[\"a\"]]}              | TOKENS          | tokens[0]: an array",
                "{\"tokens\":[\"\"]}                 | TOKENS          | tokens[0]: 0 characters",
                "{\"tokens\":[\"a\"],\"type\":\"Like\"}         | FIELD | type: \"Like\" (expected: a lower-case name",
                "{\"tokens\":[\"a\"],\"type\":1}                | FIELD | type: a number (expected: a string)",
                "{\"tokens\":[\"a\"],\"entityType\":{}}         | FIELD | entityType: an object",
                "{\"tokens\":[\"a\"],\"id\":7}                  | FIELD | id: a number",
                "{\"tokens\":[\"a\"],\"occurredAt\":\"today\"}  | FIELD | occurredAt: \"today\" (expected: an RFC 3339",
                "{\"tokens\":[\"a\"],\"tokens\":[\"b\"]}        | DUPLICATE_FIELD | tokens: stands twice",
                "{\"tokens\":[\"a\"],\"data\":1,\"data\":1}     | DUPLICATE_FIELD | data: stands twice",
            })
    void badRecordsAreRefusedWithReasonValueAndExpectation(String value, InvalidReason reason, String message) {
        refused(value, reason, message);
    }

    @Test
    void boundsAreNamed() {
        refused("{\"tokens\":[\"" + "a".repeat(257) + "\"]}", InvalidReason.TOKENS, "257 characters");
        refused("{\"tokens\":[\"a\"],\"id\":\"" + "a".repeat(257) + "\"}", InvalidReason.FIELD, "id: 257 characters");
        refused("{\"tokens\":[" + "1,".repeat(10_000) + "1]}", InvalidReason.TOKENS, "more than 10000");
        refused(" ".repeat(64 * 1024 + 1), InvalidReason.TOO_LARGE, "65537 bytes (expected: at most 65536)");
        assertRefused(null, InvalidReason.TOMBSTONE, "null");
    }

    @Test
    void onlyUtf8IsUtf8() {
        byte[] latin1 = {'{', '"', 't', '"', ':', '"', (byte) 0xe9, '"', '}'};
        assertRefused(latin1, InvalidReason.NOT_UTF8, "byte 0xe9 at 6");
        assertRefused(bytes("{\"tokens\":[\"a\"]}", UTF_16LE), InvalidReason.NOT_UTF8, "UTF-16");
        assertRefused(bytes("{\"tokens\":[\"a\"]}", UTF_16BE), InvalidReason.NOT_UTF8, "UTF-16");
    }

    @Test
    void messagesNeverShowATokenOrTheData() {
        String[] records = {
            "{\"tokens\":[\"sekret\"],\"data\":\"sekret\",}",
            "{\"tokens\":[\"" + "sekret".repeat(50) + "\"]}",
            "{\"tokens\":\"sekret\"}",
            "{\"tokens\":[\"sekret\"],\"data\":\"sekret\",\"data\":\"sekret\"}",
            "sekret",
            "\"sekret\""
        };
        for (String record : records) {
            assertThatExceptionOfType(InvalidEventException.class)
                    .isThrownBy(() -> decode(record))
                    .satisfies(e -> assertThat(e.toString()).doesNotContain("sekret"));
        }
    }

    private void refused(String value, InvalidReason reason, String message) {
        assertRefused(bytes(value, UTF_8), reason, message);
    }

    private void assertRefused(byte @Nullable [] value, InvalidReason reason, String message) {
        assertThatExceptionOfType(InvalidEventException.class)
                .isThrownBy(() -> decoder.decode(value))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private PushEvent decode(String value) throws InvalidEventException {
        return decoder.decode(bytes(value, UTF_8));
    }

    private static EventDecoder decoderOf(DataSize maxSize) {
        return new EventDecoder(maxSize);
    }

    private static byte[] bytes(String value, Charset charset) {
        return value.getBytes(charset);
    }
}
