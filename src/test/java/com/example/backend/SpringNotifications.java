package com.example.backend;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.SendResult;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

// README
@Service
class SpringNotifications {
    record Event(List<String> tokens, String type, String entityType, Object data, String id, Instant occurredAt) {}

    record Like(Actor actor, Post post) {}

    record Actor(String id, String name) {}

    record Post(String id, String title) {}

    private final KafkaTemplate<String, String> kafka;
    private final JsonMapper json;

    SpringNotifications(KafkaTemplate<String, String> kafka, JsonMapper json) {
        this.kafka = kafka;
        this.json = json;
    }

    /** Tells the owner of a post who liked it, in every tab that is open. */
    CompletableFuture<SendResult<String, String>> liked(String ownerToken, Like like) {
        String id = "like-" + like.post.id + "-" + like.actor.id; // if it is sent again, it is pushed once all the same
        Event event = new Event(List.of(ownerToken), "like", "post", like, id, Instant.now());
        return kafka.send("push.events", ownerToken, json.writeValueAsString(event)); // in order for each recipient
    }
}
// README
