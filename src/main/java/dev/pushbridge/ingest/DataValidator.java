package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.dialect.DialectId;
import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.RawJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks {@code data} against the schema of its event's type: {@code <type>.schema.json}, JSON Schema 2020-12, with
 * {@code format} asserted. Data of a type without a schema passes unread. Thread-safe.
 *
 * <p>All schemas are read at the start, and each must be a valid schema that needs nothing from the network. Unlike the
 * decoder, this builds a tree of the data: that is its cost.
 */
final class DataValidator {
    private static final String SUFFIX = ".schema.json";
    /** Where the schemas are for each other, so that one may refer to another by its file name. */
    private static final String BASE = "schemas:///data/";

    private static final String BUILT_IN = "classpath:schemas/data/*" + SUFFIX;
    /** Jackson reads a longer number in quadratic time: half a million digits would hold up the tail for seconds. */
    static final int MAX_NUMBER_CHARS = 1000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(EventDecoder.MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_CHARS)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

    private final Map<String, Schema> schemas;

    private DataValidator(Map<String, Schema> schemas) {
        this.schemas = schemas;
    }

    /**
     * Reads the built-in schemas.
     *
     * @param directory further schemas, where one with a built-in's name takes its place; null for none
     * @throws IllegalArgumentException if a file is not a schema; the message names it
     */
    static DataValidator load(@Nullable Path directory) {
        Map<String, String> texts = new HashMap<>();
        read(BUILT_IN, texts);
        if (directory != null) {
            read(directory.toUri() + "*" + SUFFIX, texts);
        }
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(texts)
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .failFast(true)
                                .formatAssertionsEnabled(true)
                                .build()));
        Map<String, Schema> schemas = new HashMap<>();
        texts.forEach((location, text) -> {
            String file = location.substring(BASE.length());
            schemas.put(file.substring(0, file.length() - SUFFIX.length()), schema(registry, file, text));
        });
        return new DataValidator(Map.copyOf(schemas));
    }

    /**
     * Returns if data fits its type's schema, or if there is none for it.
     *
     * @throws InvalidEventException otherwise; its message shows what the schema says and where, and of the data only the
     *     JSON type
     */
    void check(@Nullable String type, RawJson data) throws InvalidEventException {
        Schema schema = type == null ? null : schemas.get(type);
        if (schema == null) {
            return;
        }
        try {
            List<Error> errors = schema.validate(JSON.readTree(data.bytes(), data.offset(), data.length()));
            if (!errors.isEmpty()) {
                throw violation(type + SUFFIX, errors.get(0));
            }
        } catch (JacksonException e) { // the decoder has found it to be JSON, so it is the number
            throw new InvalidEventException(
                    InvalidReason.SCHEMA,
                    "data: a number too long to check (expected: at most " + MAX_NUMBER_CHARS + " characters)");
        } catch (ValidationLimitExceededException e) {
            throw new InvalidEventException(
                    InvalidReason.SCHEMA, "data: too much to check (expected: within the limits of the validator)");
        }
    }

    /** The place is given as the schema has it: the names in data are the producer's, and may be anything. */
    private static InvalidEventException violation(String file, Error error) {
        return new InvalidEventException(
                InvalidReason.SCHEMA,
                "data: " + kind(error.getInstanceNode()) + " (expected: " + error.getKeyword() + " "
                        + error.getSchemaNode() + ", " + file + "#"
                        + error.getSchemaLocation().getFragment() + ")");
    }

    private static String kind(@Nullable JsonNode node) {
        return node == null
                ? "nothing"
                : switch (node.getNodeType()) {
                    case OBJECT, POJO -> "an object";
                    case ARRAY -> "an array";
                    case STRING, BINARY -> "a string";
                    case NUMBER -> "a number";
                    case BOOLEAN -> "a boolean";
                    case NULL -> "null";
                    case MISSING -> "nothing";
                };
    }

    /** Enters the files' texts under their locations; a file replaces what is there under its name. */
    private static void read(String pattern, Map<String, String> texts) {
        try {
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(pattern)) {
                texts.put(BASE + file.getFilename(), file.getContentAsString(UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Schema schema(SchemaRegistry registry, String file, String text) {
        try {
            List<Error> errors = registry.getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12))
                    .validate(text, InputFormat.JSON);
            if (!errors.isEmpty()) {
                throw new IllegalArgumentException(file + ": " + errors.get(0) + " (expected: a JSON Schema 2020-12)");
            }
            Schema schema = registry.getSchema(SchemaLocation.of(BASE + file));
            schema.initializeValidators();
            return schema;
        } catch (SchemaException | JacksonException e) {
            throw new IllegalArgumentException(
                    file + ": " + e.getMessage()
                            + " (expected: a JSON Schema 2020-12 that refers to files beside it at most)",
                    e);
        }
    }
}
