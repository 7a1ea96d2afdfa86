package dev.pushbridge.http;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.ingest.EventPublisher;
import dev.pushbridge.ingest.EventReader;
import dev.pushbridge.settings.PushSettings;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /api}: takes one record, produces its bytes as they came, and answers when the broker has them. It pushes
 * nothing by itself: the topic's tail does, here and on every other node.
 *
 * <p>It asks nobody who they are. Who can reach the port can push to anybody; keep it in the private network.
 */
@RestController
@ConditionalOnBooleanProperty("push.api.enabled")
final class ApiController {
    private final EventReader reader;
    private final EventPublisher publisher;
    private final RecordBody body;

    ApiController(EventReader reader, EventPublisher publisher, PushSettings settings) {
        this.reader = reader;
        this.publisher = publisher;
        this.body = new RecordBody(settings.kafka().maxRecordSize());
    }

    @PostMapping(path = "/api", consumes = MediaType.APPLICATION_JSON_VALUE)
    CompletableFuture<ResponseEntity<Answer>> produce(HttpServletRequest request)
            throws IOException, InvalidEventException {
        byte[] value = body.read(request);
        PushEvent event = reader.read(value);
        return publisher
                .publish(key(event), value)
                .handle((done, failure) -> failure == null
                        ? Answer.ok()
                        : Answer.refused(
                                HttpStatus.SERVICE_UNAVAILABLE, "the broker did not confirm the record; try again"));
    }

    /** The recipient, when there is just one, so that what concerns one person stays in order. */
    private static @Nullable String key(PushEvent event) {
        List<String> tokens = event.tokens();
        return tokens.size() == 1 ? tokens.get(0) : null;
    }
}
