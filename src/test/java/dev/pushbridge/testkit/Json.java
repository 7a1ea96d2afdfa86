package dev.pushbridge.testkit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON of the tests, by Jackson: another reader and writer than the code that is tested. */
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    public static JsonNode parse(String json) {
        return MAPPER.readTree(json);
    }

    /** Maps, lists, strings, numbers, nodes. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }
}
