package dev.pushbridge.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The listing of who is logged in. */
final class ListingIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("management.endpoint.push.access", "read-only"));

    @Test
    void listingShowsEverySessionUntilItEnds() {
        Client first = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        Client second = bridge.open(ClientKind.JAVA_WEBSOCKET);
        Client other = bridge.open(ClientKind.NODE_3_WEBSOCKET);
        Client nobody = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        first.login("anna");
        second.login("anna");
        other.login("ben");

        JsonNode listing = listing();
        assertThat(listing.path("sessionCount").asInt()).isEqualTo(3);
        assertThat(listing.path("tokenCount").asInt()).isEqualTo(2);
        assertThat(field(listing, "token")).containsExactly("anna", "anna", "ben");
        assertThat(field(listing, "userId")).containsExactly("user of anna", "user of anna", "user of ben");
        assertThat(field(listing, "socketId"))
                .containsExactly(first.id(), second.id(), other.id())
                .doesNotContain(nobody.id());
        assertThat(field(listing, "loggedInAt"))
                .allSatisfy(at -> Assertions.assertThat(Instant.parse(at))
                        .isCloseTo(Instant.now(), Assertions.within(Duration.ofMinutes(1))));

        assertThat(second.ask("user_logout", "{}").path("ok").asBoolean()).isTrue();
        assertThat(field(listing(), "socketId")).containsExactly(first.id(), other.id());
    }

    @Test
    void thereIsNoOtherList() {
        assertThat(bridge.management("/actuator/push/secrets").statusCode()).isEqualTo(404);
    }

    @Test
    void listingIsOffUnlessItIsSwitchedOn() {
        try (Bridge usual = Bridge.onNewTopic()) {
            usual.start();
            assertThat(usual.management("/actuator/push/sessions").statusCode()).isEqualTo(404);
        }
    }

    private static JsonNode listing() {
        return Json.parse(bridge.management("/actuator/push/sessions").body());
    }

    private static List<String> field(JsonNode listing, String name) {
        return listing.path("sessions")
                .valueStream()
                .map(session -> session.path(name).asString())
                .toList();
    }
}
