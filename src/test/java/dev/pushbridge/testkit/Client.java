package dev.pushbridge.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A stock Socket.IO client as a test sees it: every wait is bounded, and fails with what came instead. JSON goes in as
 * text and comes out parsed; bytes are {@code {"type":"Buffer","data":[…]}}, as Node writes them. An event that asks for
 * an answer gets its own arguments back. It reconnects by itself only if the test says so.
 */
public abstract class Client implements AutoCloseable {
    static final long PATIENCE_SECONDS = 15;
    /** What a client listens to, whether it comes or not. */
    static final List<String> EVENTS = List.of(
            "receive_message",
            "resync_required",
            "new_user",
            "token_expiring",
            "message-back",
            "auth",
            "question",
            "answer");

    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> connected = new CompletableFuture<>();
    private final CompletableFuture<Refusal> refused = new CompletableFuture<>();
    private final BlockingQueue<Connect> reconnected = new LinkedBlockingQueue<>();
    private final BlockingQueue<JsonNode> loginAnswers = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> disconnected = new CompletableFuture<>();
    private volatile boolean isConnected;
    private volatile String cursor = "";
    private final CompletableFuture<String> extensions = new CompletableFuture<>();

    /** An event as it came. */
    public record Received(String event, List<JsonNode> args) {}

    /** A way back: the client's {@code socket.id} and {@code socket.recovered} then. */
    public record Connect(String id, boolean recovered) {}

    /** What {@code connect_error} says: the message of its error, and the error's data, missing where it has none. */
    public record Refusal(String message, JsonNode data) {}

    /** Sends an event and does not ask whether it came. */
    public abstract void emit(String event, String... args);

    /** Sends an event with an ack, which completes the future with its arguments. */
    abstract CompletableFuture<List<JsonNode>> emitWithAck(String event, String... args);

    /** Leaves as the client's own {@code disconnect()} does. */
    public abstract void disconnect();

    /** Cuts the TCP connection without a word. */
    public abstract void kill();

    /** The client's {@code socket.id}. */
    public final String id() {
        return within(connected, "connect");
    }

    /** Waits until the client has a WebSocket, and gives the extensions that it agreed on with the server. */
    public final String awaitWebSocket() {
        return within(extensions, "WebSocket");
    }

    /** Waits until the client has connected again. */
    public final Connect awaitReconnect() {
        return next(reconnected, "reconnect");
    }

    /** Waits for the answer to the next login of a client that was told to log in at each connect. */
    public final JsonNode nextLoginAnswer() {
        return next(loginAnswers, "answer to a login");
    }

    /** Sends an event and waits for its ack, which must have one argument. */
    public final JsonNode ask(String event, String... args) {
        List<JsonNode> answer = within(emitWithAck(event, args), "ack of " + event);
        assertThat(answer).as("ack of %s", event).hasSize(1);
        return answer.get(0);
    }

    /** Logs in the way the original's page does, and waits until the bridge has agreed. */
    public final JsonNode login(String token) {
        JsonNode ack = ask("user_login", Json.write(new UserLogin(token, "user of " + token, id())));
        assertThat(ack.path("ok").asBoolean()).as("ack of user_login: %s", ack).isTrue();
        return ack;
    }

    private record UserLogin(String tokenId, String userId, String socketId) {}

    /** Waits for the next event of any name. */
    public final Received next() {
        return next(received, "event");
    }

    /** Waits for the next event, which must have this name, and gives its arguments. */
    public final List<JsonNode> next(String event) {
        Received next = next();
        assertThat(next.event()).isEqualTo(event);
        return next.args();
    }

    /** Waits for the next event, which must be a push, and gives its payload. */
    public final JsonNode nextPush() {
        return next("receive_message").get(0);
    }

    /** What came so far and was not asked for. Without a push known to come later, nothing here proves nothing. */
    public final List<Received> unread() {
        return List.copyOf(received);
    }

    /** What the latest event {@code cursor} said, which is not among the events here; "" if there was none. */
    public final String cursor() {
        return cursor;
    }

    /** Waits until the client is told that it may not connect. */
    public final Refusal awaitRefusal() {
        return within(refused, "refusal");
    }

    /** Waits for the end of the connection and gives the client's word for it. */
    public final String awaitDisconnect() {
        return within(disconnected, "disconnect");
    }

    /** Disconnects, if that has not happened yet, and has it come back no more. */
    @Override
    public final void close() {
        disconnect();
        Awaitility.await("the end of " + this).atMost(PATIENCE_SECONDS, SECONDS).until(() -> !isConnected);
    }

    final void onConnected(Connect connect) {
        isConnected = true;
        if (!connected.complete(connect.id)) {
            reconnected.add(connect);
        }
    }

    final void onLoginAnswer(JsonNode answer) {
        loginAnswers.add(answer);
    }

    final void onWebSocket(String agreedExtensions) {
        extensions.complete(agreedExtensions);
    }

    final void onCursor(String told) {
        cursor = told;
    }

    final void onRefused(String reason, JsonNode data) {
        refused.complete(new Refusal(reason, data));
        connected.completeExceptionally(new AssertionError(this + " was refused: " + reason));
        disconnected.complete("refused: " + reason);
    }

    final void onDisconnected(@Nullable String reason) {
        isConnected = false;
        disconnected.complete(String.valueOf(reason));
    }

    final void onEvent(String event, List<JsonNode> args) {
        received.add(new Received(event, args));
    }

    private <T> T next(BlockingQueue<T> queue, String what) {
        try {
            T next = queue.poll(PATIENCE_SECONDS, SECONDS);
            assertThat(next)
                    .as("%s of %s within %d s", what, this, PATIENCE_SECONDS)
                    .isNotNull();
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private <T> T within(CompletableFuture<T> future, String what) {
        try {
            return future.get(PATIENCE_SECONDS, SECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no " + what + " of " + this + " within " + PATIENCE_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw new AssertionError(what + " of " + this, e.getCause());
        }
    }
}
