package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RawJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class DataValidatorTest {
    @TempDir
    private Path directory;

    @Test
    void data_ofATypeWithoutSchema_passes() {
        DataValidator validator = DataValidator.load(null);

        assertThatCode(() -> validator.check("order", RawJson.of("17"))).doesNotThrowAnyException();
        assertThatCode(() -> validator.check(null, RawJson.of("17"))).doesNotThrowAnyException();
    }

    @Test
    void recordsOwnSchema_isNoSchemaOfData() {
        assertThatCode(() -> DataValidator.load(null).check("record", RawJson.of("17")))
                .doesNotThrowAnyException();
    }

    @Test
    void violation_saysWhatTheSchemaExpectsAndWhere() {
        assertThat(violation(DataValidator.load(null), "like", "{\"actor\":{\"id\":true},\"post\":{\"id\":1}}"))
                .isEqualTo("data: a boolean (expected: type [\"string\",\"integer\"],"
                        + " like.schema.json#/properties/actor/properties/id/type)");
        assertThat(violation(DataValidator.load(null), "follow", "{}"))
                .isEqualTo("data: an object (expected: required [\"actor\"], follow.schema.json#/required)");
    }

    @Test
    void violation_neverShowsWhatIsInData() throws Exception {
        schema("map", """
                {"additionalProperties": {"enum": ["a", "b"]}, "propertyNames": {"maxLength": 20},
                 "patternProperties": {"^s": {"const": 1, "pattern": "^x"}}}""");
        DataValidator validator = DataValidator.load(directory);

        assertThat(violation(validator, "map", "{\"token-7\":\"secret-1\"}")).doesNotContain("token-7", "secret-1");
        assertThat(violation(validator, "map", "{\"s-token-7\":\"secret-1\"}")).doesNotContain("token-7", "secret-1");
        assertThat(violation(validator, "map", "{\"token-7-that-is-much-too-long\":\"a\"}"))
                .doesNotContain("token-7");
    }

    /** Or its record would hold up whatever is behind it, at every try and on every node. */
    @Test
    void schemaThatRefersToItselfWithoutAnEnd_isAFaultAndNamed() throws Exception {
        schema("endless", "{\"$ref\": \"#\"}");
        EventReader reader =
                EventReader.ofEverything(new EventDecoder(DataSize.ofKilobytes(1)), DataValidator.load(directory));

        InvalidEventException fault = catchThrowableOfType(
                InvalidEventException.class,
                () -> reader.read("{\"tokens\":[\"anna\"],\"type\":\"endless\",\"data\":1}".getBytes(UTF_8)));

        assertThat(fault.reason()).isEqualTo(InvalidReason.FAULT);
        assertThat(fault).hasMessageContaining("StackOverflowError").hasMessageContaining("(expected: ");
        assertThat(reader.read("{\"tokens\":[\"anna\"]}".getBytes(UTF_8)).tokens())
                .containsExactly("anna");
    }

    @Test
    void directory_addsSchemasAndReplacesBuiltInOnes() throws Exception {
        schema("order", "{\"type\": \"integer\"}");
        schema("like", "{\"type\": \"string\"}");
        DataValidator validator = DataValidator.load(directory);

        assertThat(violation(validator, "order", "\"17\"")).contains("order.schema.json#/type");
        assertThatCode(() -> validator.check("like", RawJson.of("\"anything\"")))
                .doesNotThrowAnyException();
        assertThat(violation(validator, "follow", "{}")).contains("follow.schema.json");
    }

    @Test
    void alternatives_areTriedToTheLast() throws Exception {
        schema("either", "{\"anyOf\": [{\"type\": \"integer\"}, {\"type\": \"string\"}], \"not\": {\"const\": \"x\"}}");
        DataValidator validator = DataValidator.load(directory);

        assertThatCode(() -> validator.check("either", RawJson.of("1"))).doesNotThrowAnyException();
        assertThatCode(() -> validator.check("either", RawJson.of("\"a\""))).doesNotThrowAnyException();
        assertThat(violation(validator, "either", "\"x\"")).contains("not");
        assertThat(violation(validator, "either", "null")).contains("data: null");
    }

    @Test
    void schema_mayReferToAnotherInItsDirectory() throws Exception {
        schema("actor", "{\"required\": [\"id\"]}");
        schema("wave", "{\"properties\": {\"actor\": {\"$ref\": \"actor.schema.json\"}}}");

        assertThat(violation(DataValidator.load(directory), "wave", "{\"actor\":{}}"))
                .contains("required [\"id\"]");
    }

    @Test
    void schema_thatIsNone_stopsTheStart() throws Exception {
        schema("order", "{\"type\": \"whole number\"}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DataValidator.load(directory))
                .withMessageContaining("order.schema.json")
                .withMessageContaining("expected: a JSON Schema 2020-12");
    }

    @Test
    void schema_thatIsNotJson_stopsTheStart() throws Exception {
        schema("order", "{\"type\": ");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DataValidator.load(directory))
                .withMessageContaining("order.schema.json");
    }

    @Test
    void schema_thatRefersToElsewhere_stopsTheStart() throws Exception {
        schema("order", "{\"properties\": {\"a\": {\"$ref\": \"http://127.0.0.1:9/order.schema.json\"}}}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> DataValidator.load(directory))
                .withMessageContaining("order.schema.json");
    }

    @Test
    void number_thatTakesLongToRead_isRefused() {
        assertThat(violation(
                        DataValidator.load(null),
                        "follow",
                        "{\"actor\":{\"id\":" + "7".repeat(DataValidator.MAX_NUMBER_CHARS + 1) + "}}"))
                .startsWith("data: a number too long to check");
    }

    @Test
    void number_ofAHugeExponent_isHarmless() throws Exception {
        schema("order", "{\"type\": \"integer\", \"multipleOf\": 3}");
        DataValidator validator = DataValidator.load(directory);

        assertThat(violation(validator, "order", "1e999999999")).startsWith("data: a number");
        assertThatCode(() -> validator.check("order", RawJson.of("9"))).doesNotThrowAnyException();
    }

    @Test
    void data_asDeepAsTheDecoderTakes_isCheckedToItsEnd_onASmallStack() throws Exception {
        schema("tree", "{\"type\": \"array\", \"items\": {\"$ref\": \"#\"}}");
        DataValidator validator = DataValidator.load(directory);
        int depth = EventDecoder.MAX_DEPTH - 1; // the record around it is a level, too
        List<String> found = new ArrayList<>();

        Thread checker = new Thread(
                null,
                () -> {
                    assertThatCode(() -> validator.check("tree", RawJson.of("[".repeat(depth) + "]".repeat(depth))))
                            .doesNotThrowAnyException();
                    found.add(violation(validator, "tree", "[".repeat(depth) + "1" + "]".repeat(depth)));
                },
                "small stack",
                512 * 1024);
        checker.start();
        checker.join();

        assertThat(found).singleElement().asString().startsWith("data: a number (expected: type \"array\"");
    }

    private void schema(String type, String json) throws IOException {
        Files.writeString(directory.resolve(type + ".schema.json"), json);
    }

    private static String violation(DataValidator validator, String type, String data) {
        InvalidEventException violation =
                catchThrowableOfType(InvalidEventException.class, () -> validator.check(type, RawJson.of(data)));
        assertThat(violation).as("violation of %s by %s", type, data).isNotNull();
        assertThat(violation.reason()).isEqualTo(InvalidReason.SCHEMA);
        return String.valueOf(violation.getMessage());
    }
}
