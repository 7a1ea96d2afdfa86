package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.DialectId;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.ResyncReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Holds the published contract ({@code schemas/}) against the code: the reader and the JSON Schemas must both agree with
 * the folder and the file name of every example.
 */
class SchemasTest {
    private static final Path SCHEMAS = Path.of("schemas");

    /** Those that a file cannot show: no value at all, and one that is too large to keep. */
    private static final Set<InvalidReason> NO_FILE =
            EnumSet.of(InvalidReason.TOMBSTONE, InvalidReason.TOO_LARGE, InvalidReason.FAULT);

    /** Those about the text and not about the JSON in it, which is all that a JSON Schema speaks of. */
    private static final Set<InvalidReason> BEYOND_JSON_SCHEMA = EnumSet.of(
            InvalidReason.NOT_UTF8, InvalidReason.NOT_JSON, InvalidReason.TOO_DEEP, InvalidReason.DUPLICATE_FIELD);

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final EventDecoder decoder = new EventDecoder(DataSize.ofKilobytes(512));
    private final EventReader envelope = EventReader.ofEnvelope(decoder);
    private final EventReader full = EventReader.ofEverything(decoder, DataValidator.load(null));

    static List<Path> schemas() throws IOException {
        try (Stream<Path> files = Files.walk(SCHEMAS)) {
            return files.filter(file -> file.toString().endsWith(".schema.json"))
                    .sorted()
                    .toList();
        }
    }

    static List<Path> validExamples() throws IOException {
        return examples("valid");
    }

    static List<Path> invalidExamples() throws IOException {
        return examples("invalid");
    }

    private static List<Path> examples(String folder) throws IOException {
        try (Stream<Path> files = Files.list(SCHEMAS.resolve("examples").resolve(folder))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void everySchemaIsOne(Path file) throws Exception {
        String text = Files.readString(file);

        assertThat(REGISTRY.getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12))
                        .validate(text, InputFormat.JSON))
                .isEmpty();
        assertThat(JsonMapper.shared().readTree(text).path("$schema").asString())
                .isEqualTo(DialectId.DRAFT_2020_12);
    }

    @ParameterizedTest
    @MethodSource("validExamples")
    void validExample_isAnEventForReaderAndSchemas(Path file) throws Exception {
        byte[] value = Files.readAllBytes(file);

        assertThatCode(() -> envelope.read(value)).doesNotThrowAnyException();
        assertThatCode(() -> full.read(value)).doesNotThrowAnyException();
        assertThat(recordErrors(value)).isEmpty();
        assertThat(dataErrors(value)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("invalidExamples")
    void invalidExample_isRefusedByReaderAndSchemasForTheReasonInItsName(Path file) throws Exception {
        byte[] value = Files.readAllBytes(file);
        InvalidReason reason = reason(file);

        assertThat(refusal(full, value).reason()).isEqualTo(reason);
        if (reason == InvalidReason.SCHEMA) {
            assertThatCode(() -> envelope.read(value)).doesNotThrowAnyException();
            assertThat(recordErrors(value)).isEmpty();
            assertThat(dataErrors(value)).isNotEmpty();
        } else {
            assertThat(refusal(envelope, value).reason()).isEqualTo(reason);
            if (!BEYOND_JSON_SCHEMA.contains(reason)) {
                assertThat(recordErrors(value)).isNotEmpty();
            }
        }
    }

    @Test
    void everyReasonThatAFileCanShowHasAnExample() throws Exception {
        Set<InvalidReason> shown =
                invalidExamples().stream().map(SchemasTest::reason).collect(Collectors.toSet());

        assertThat(shown).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(NO_FILE)));
    }

    @Test
    void everySchemaOfDataHasAValidAndAnInvalidExample() throws Exception {
        for (Path schema : schemas()) {
            if (schema.startsWith(SCHEMAS.resolve("data"))) {
                String type = schema.getFileName().toString().replace(".schema.json", "");
                assertThat(SCHEMAS.resolve("examples/valid/" + type + ".json")).exists();
                assertThat(invalidExamples())
                        .anyMatch(example -> example.getFileName().toString().startsWith("schema--" + type));
            }
        }
    }

    @Test
    void asyncApi_isValidByItsOfficialSchema() throws Exception {
        Path official = Path.of("src/test/js/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json");
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(Files.readString(official), InputFormat.JSON);

        assertThat(schema.validate(Files.readString(SCHEMAS.resolve("asyncapi.yaml")), InputFormat.YAML))
                .isEmpty();
        assertThat(schema.validate("{asyncapi: 3.0.0, info: {title: no version}}", InputFormat.YAML))
                .isNotEmpty();
    }

    @Test
    void asyncApi_namesTheDeadLettersHeadersAndReasonsAsTheCodeDoes() throws Exception {
        JsonNode headers = YAMLMapper.shared()
                .readTree(Files.readString(SCHEMAS.resolve("asyncapi.yaml")))
                .at("/components/messages/deadLetter/headers");

        assertThat(headers.path("properties").propertyNames()).containsExactlyElementsOf(DeadLetter.HEADERS);
        assertThat(headers.path("required").valueStream().map(JsonNode::asString))
                .containsExactlyElementsOf(DeadLetter.HEADERS);
        assertThat(headers.at("/properties/push-dlt-reason/enum").valueStream().map(JsonNode::asString))
                .containsExactlyElementsOf(Arrays.stream(InvalidReason.values())
                        .map(InvalidReason::word)
                        .toList());
        assertThat(headers.at("/properties/push-dlt-detail/maxLength").asInt()).isEqualTo(DeadLetter.MAX_DETAIL_CHARS);
    }

    @Test
    void asyncApi_namesTheReasonsToFetchAnewAsTheCodeDoes() throws Exception {
        JsonNode reasons = YAMLMapper.shared()
                .readTree(Files.readString(SCHEMAS.resolve("asyncapi.yaml")))
                .at("/components/messages/resyncRequired/payload/properties/reason/enum");

        assertThat(reasons.valueStream().map(JsonNode::asString))
                .containsExactlyElementsOf(Arrays.stream(ResyncReason.values())
                        .map(ResyncReason::word)
                        .toList());
    }

    private static InvalidReason reason(Path file) {
        String word = file.getFileName().toString().split("--", 2)[0];
        return Arrays.stream(InvalidReason.values())
                .filter(reason -> reason.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    private static InvalidEventException refusal(EventReader reader, byte[] value) {
        return catchThrowableOfType(InvalidEventException.class, () -> reader.read(value));
    }

    private static List<Error> recordErrors(byte[] value) throws IOException {
        return errors(SCHEMAS.resolve("record.schema.json"), new String(value, UTF_8));
    }

    /** By the schema of the record's type, if there is one; read here by other means than the bridge's own. */
    private static List<Error> dataErrors(byte[] value) throws IOException {
        JsonNode record = JsonMapper.shared().readTree(value);
        Path schema = SCHEMAS.resolve("data/" + record.path("type").asString("") + ".schema.json");
        if (!Files.exists(schema)) {
            return List.of();
        }
        return errors(schema, record.has("data") ? record.get("data").toString() : "{}");
    }

    private static List<Error> errors(Path schema, String json) throws IOException {
        return REGISTRY.getSchema(Files.readString(schema), InputFormat.JSON)
                .validate(
                        json,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }
}
