package dev.pushbridge.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.ingest.DeadLetterWatch;
import dev.pushbridge.ingest.DeadLetterWatch.Letter;
import dev.pushbridge.ingest.EventPublisher;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.socket.SocketServer;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the page asks for beyond {@code POST /api}: where things are, to produce a bad record, and what became of it. */
@RestController
@RequestMapping("/page")
@ConditionalOnBooleanProperty("push.page.enabled")
final class PageController {
    private static final int LETTERS = 5;

    private final PushSettings settings;
    private final SocketServer sockets;
    private final EventPublisher publisher;
    private final DeadLetterWatch deadLetters;
    private final ObjectProvider<EventStoryController> stories;
    private final RecordBody body;

    PageController(
            PushSettings settings,
            SocketServer sockets,
            EventPublisher publisher,
            DeadLetterWatch deadLetters,
            ObjectProvider<EventStoryController> stories) {
        this.settings = settings;
        this.sockets = sockets;
        this.publisher = publisher;
        this.deadLetters = deadLetters;
        this.stories = stories;
        this.body = new RecordBody(settings.kafka().maxRecordSize());
    }

    @GetMapping("/where")
    Where where() {
        return new Where(
                sockets.port(),
                settings.socket().path(),
                settings.kafka().topic(),
                settings.kafka().deadLetterTopic(),
                stories.stream().findAny().isPresent());
    }

    /** Produces whatever it is given: the way in for a record that is no event. */
    @PostMapping(path = "/records", consumes = MediaType.APPLICATION_JSON_VALUE)
    CompletableFuture<ResponseEntity<Answer>> produce(HttpServletRequest request) throws IOException {
        return answer(publisher.publish(null, body.read(request)));
    }

    /** The same for every line: the way in for many at once. */
    @PostMapping(path = "/records", consumes = MediaType.APPLICATION_NDJSON_VALUE)
    CompletableFuture<ResponseEntity<Answer>> produceLines(HttpServletRequest request) throws IOException {
        return answer(CompletableFuture.allOf(new String(body.read(request), UTF_8)
                .lines()
                .map(line -> publisher.publish(null, line.getBytes(UTF_8)))
                .toArray(CompletableFuture<?>[]::new)));
    }

    private static CompletableFuture<ResponseEntity<Answer>> answer(CompletableFuture<Void> published) {
        return published.handle((done, failure) -> failure == null
                ? Answer.ok()
                : Answer.refused(HttpStatus.SERVICE_UNAVAILABLE, "the broker did not confirm the record; try again"));
    }

    /** The latest dead letters, the newest first. */
    @GetMapping("/dead-letters")
    List<Letter> deadLetters() {
        return deadLetters.latest(LETTERS);
    }

    /** @param explains whether {@link EventStoryController} is there */
    record Where(int socketPort, String socketPath, String topic, String deadLetterTopic, boolean explains) {}
}
