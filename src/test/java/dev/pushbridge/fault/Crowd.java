package dev.pushbridge.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Stock clients in a Node process, {@code crowd.mjs}, each behind a lane of its own: in turn with the original's
 * {@code user_login} on every connect and with the login in the handshake, or both, over WebSocket at once and by way of
 * polling.
 */
final class Crowd implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Crowd.class);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final List<List<String>> TRANSPORTS = List.of(List.of("websocket"), List.of("polling", "websocket"));
    /** Nothing may come for so long before it is believed that nothing will. */
    private static final int QUIET_MILLIS = 1000;

    private final Process node;
    private final Writer orders;
    private final BufferedReader answers;
    private int asked;

    /** Where a client goes that has lost its connection. */
    enum ComesBack {
        SAME,
        NEXT
    }

    private Crowd(Process node) {
        this.node = node;
        orders = node.outputWriter(UTF_8);
        answers = node.inputReader(UTF_8);
    }

    /** Opens a client for each token, spread over the nodes, and waits until all are logged in. */
    static Crowd open(List<String> tokens, List<? extends ServerProcess> nodes, ComesBack comesBack) {
        List<Map<String, Object>> visitors = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            visitors.add(Map.of(
                    "token",
                    tokens.get(i),
                    "login",
                    loginOf(i),
                    "transports",
                    TRANSPORTS.get(i / 2 % TRANSPORTS.size())));
        }
        try {
            Crowd crowd = new Crowd(new ProcessBuilder("node", "src/test/js/faults/crowd.mjs")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            crowd.ask(
                    "open",
                    Map.of(
                            "nodes",
                            nodes.stream().map(ServerProcess::port).toList(),
                            "visitors",
                            visitors,
                            "comesBack",
                            comesBack == ComesBack.SAME ? "same" : "next"));
            crowd.awaitLoggedIn();
            return crowd;
        } catch (IOException e) {
            throw new UncheckedIOException("Node 20 or newer is needed for the stock clients", e);
        }
    }

    /** Half with an event; the others with the connect, and of these again half with an event too, as the helper does it. */
    private static String loginOf(int client) {
        if (client % 2 == 0) {
            return "event";
        }
        return client % 8 < 4 ? "auth" : "both";
    }

    /** Cuts every client's lane again and again, each at its own pace around the period, until {@link #calm}. */
    void storm(Cut cut, Duration length, Duration period) {
        ask("storm", Map.of("how", cut.word(), "millis", length.toMillis(), "every", period.toMillis()));
    }

    void calm() {
        ask("calm", Map.of());
    }

    /** Cuts the lane of every so-many-th client once. */
    void cut(Cut cut, Duration length, int each) {
        ask("cut", Map.of("how", cut.word(), "millis", length.toMillis(), "each", each));
    }

    /** Closes the page of every so-many-th client and opens it again with the cursor that it stored. */
    void reload(int each) {
        ask("reload", Map.of("each", each));
    }

    /** Waits until everybody is logged in, wherever. */
    void awaitLoggedIn() {
        await(
                "everybody to be logged in",
                PATIENCE,
                status -> assertThat(status.path("loggedIn").asInt())
                        .as("logged in; the last refusal was %s", status.path("refusal"))
                        .isEqualTo(status.path("visitors").asInt()));
    }

    /** Waits until nobody is on that node any more and everybody is on another one. */
    void awaitGoneFrom(ServerProcess gone, Duration patience) {
        await("everybody to leave " + gone, patience, status -> {
            assertThat(status.path("onNode").path(String.valueOf(gone.port())).asInt())
                    .isZero();
            assertThat(status.path("loggedIn").asInt())
                    .isEqualTo(status.path("visitors").asInt());
        });
    }

    /**
     * Waits until everybody has the last event of every partition, and nothing comes any more. Does not wait for ever: who
     * has not got it by then has lost it.
     */
    void awaitEnd() {
        try {
            await("everybody to have the last events", PATIENCE, status -> {
                assertThat(status.path("ended").asInt())
                        .as("have them: %s", status)
                        .isEqualTo(status.path("visitors").asInt());
                assertThat(status.path("quietMillis").asInt()).as("quiet").isGreaterThan(QUIET_MILLIS);
            });
        } catch (ConditionTimeoutException e) {
            log.warn("Some have not got the last events", e);
        }
    }

    List<Seen> report() {
        List<Seen> seen = new ArrayList<>();
        ask("report", Map.of()).path("visitors").forEach(visitor -> seen.add(Seen.of(visitor)));
        return seen;
    }

    /** All clients are gone at once; so are their lanes. */
    @Override
    public void close() {
        node.destroyForcibly();
    }

    private void await(String what, Duration patience, Consumer<JsonNode> assertion) {
        Awaitility.await(what)
                .atMost(patience)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertion.accept(ask("status", Map.of("partitions", Cluster.PARTITIONS))));
    }

    private synchronized JsonNode ask(String deed, Map<String, Object> more) {
        Map<String, Object> order = new LinkedHashMap<>(more);
        order.put("do", deed);
        order.put("ask", ++asked);
        try {
            orders.write(Json.write(order));
            orders.write('\n');
            orders.flush();
            String line = answers.readLine();
            assertThat(line).as("answer to %s", deed).isNotNull();
            JsonNode answer = Json.parse(line);
            assertThat(answer.path("ask").asInt()).as("%s", answer).isEqualTo(asked);
            assertThat(answer.has("error")).as("%s", answer).isFalse();
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
