package dev.pushbridge.testkit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON of the tests, by Jackson: another reader and writer than the code that is tested. */
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    public static JsonNode parse(String json) {
        return MAPPER.readTree(json);
    }

    /** Bytes as Node writes them: an object of {@code type} "Buffer" with the {@code data} as numbers. */
    public static JsonNode bytes(byte[] bytes) {
        ObjectNode buffer = MAPPER.createObjectNode().put("type", "Buffer");
        ArrayNode data = buffer.putArray("data");
        for (byte b : bytes) {
            data.add(b & 0xff);
        }
        return buffer;
    }

    /** Maps, lists, strings, numbers, nodes. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }
}
