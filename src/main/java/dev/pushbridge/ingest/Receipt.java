package dev.pushbridge.ingest;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a node tells the others: that this event was taken by this recipient, or, with an empty token, that it is a repeat
 * and nobody's to take. Many together are the value of one record of the receipts topic, in JSON:
 * {@code {"partition":0,"taken":[[17,"anna"],[17,"ben"],[18,""]]}}.
 */
record Receipt(int partition, long offset, String token) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String REPEAT = "";

    static Receipt ofRepeat(int partition, long offset) {
        return new Receipt(partition, offset, REPEAT);
    }

    boolean isOfRepeat() {
        return token.equals(REPEAT);
    }

    /** Those of one partition. */
    static byte[] write(int partition, List<Receipt> receipts) {
        ObjectNode value = JSON.createObjectNode().put("partition", partition);
        ArrayNode taken = value.putArray("taken");
        receipts.forEach(receipt -> taken.addArray().add(receipt.offset).add(receipt.token));
        return JSON.writeValueAsBytes(value);
    }

    /** Nothing of what is not one. */
    static List<Receipt> read(byte[] value) {
        List<Receipt> receipts = new ArrayList<>();
        try {
            JsonNode node = JSON.readTree(value);
            for (JsonNode taken : node.path("taken")) {
                receipts.add(new Receipt(
                        node.path("partition").asInt(),
                        taken.path(0).asLong(),
                        taken.path(1).asString()));
            }
        } catch (JacksonException e) {
            return List.of();
        }
        return receipts;
    }
}
