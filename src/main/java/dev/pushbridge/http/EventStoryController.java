package dev.pushbridge.http;

import dev.pushbridge.delivery.Explainer;
import dev.pushbridge.delivery.Explainer.EventStory;
import dev.pushbridge.settings.PushSettings;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * What became of an event on this node, for the page: what the management port answers, where that is switched on. It
 * names recipients, and is there only where whoever has the page can log in as each of them anyway.
 */
@RestController
@ConditionalOnProperty(name = "push.page.enabled", havingValue = "true")
@ConditionalOnProperty(name = "management.endpoint.push.access", havingValue = "read-only")
@ConditionalOnProperty(name = "push.auth.mode", havingValue = "trust", matchIfMissing = true)
final class EventStoryController {
    private final Explainer explainer;
    private final String topic;

    EventStoryController(Explainer explainer, PushSettings settings) {
        this.explainer = explainer;
        this.topic = settings.kafka().topic();
    }

    /** The event of this id; 404 where the replay window has none. */
    @GetMapping("/page/events/{id}")
    ResponseEntity<Told> event(@PathVariable("id") String id) {
        EventStory story = explainer.event(id);
        return story == null ? ResponseEntity.notFound().build() : ResponseEntity.ok(new Told(topic, story));
    }

    record Told(String topic, EventStory event) {}
}
