package dev.pushbridge.fault;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What one client saw.
 *
 * @param received the events, in the order in which they came
 * @param returns its ways back after a lost connection or a closed page
 * @param cuts how often its way was cut or its page closed
 * @param resyncs when it was told that it has missed something of what was sent before, in milliseconds since 1970
 * @param dismissed how often it was told to go, after which a stock client does not come back by itself
 */
record Seen(
        String token, List<EventNumber> received, List<Return> returns, int cuts, List<Double> resyncs, int dismissed) {

    /**
     * One way back.
     *
     * @param awayMillis from the loss of the connection to the login on the next one
     * @param recovered whether the server said that nothing is missing
     * @param missed events that were sent before the new connection was open
     * @param replayMillis from there to the last of them
     */
    record Return(double awayMillis, boolean recovered, int missed, double replayMillis) {}

    /** One visitor of the report of {@code crowd.mjs}. */
    static Seen of(JsonNode visitor) {
        List<EventNumber> received = new ArrayList<>();
        JsonNode numbers = visitor.path("received");
        for (int i = 0; i < numbers.size(); i += 2) {
            received.add(
                    new EventNumber(numbers.path(i).asInt(), numbers.path(i + 1).asInt()));
        }
        List<Return> returns = new ArrayList<>();
        for (JsonNode each : visitor.path("returns")) {
            returns.add(new Return(
                    each.path("away").asDouble(),
                    each.path("recovered").asBoolean(),
                    each.path("missed").asInt(),
                    each.path("replay").asDouble()));
        }
        List<Double> resyncs = new ArrayList<>();
        visitor.path("resyncs").forEach(at -> resyncs.add(at.asDouble()));
        return new Seen(
                visitor.path("token").asString(),
                received,
                returns,
                visitor.path("cuts").asInt(),
                resyncs,
                visitor.path("dismissed").asInt());
    }
}
