package dev.pushbridge.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.testkit.Tab;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class PushEndpointTest {
    @Test
    void listingIsBoundedAndSaysHowManyThereAre() {
        SessionRegistry registry = new SessionRegistry();
        int sessions = PushEndpoint.MAX_LISTED + 1;
        for (int i = 0; i < sessions; i++) {
            registry.login(new Tab("socket " + i), new Login("token " + i % 7, null, Instant.EPOCH.plusSeconds(i)));
        }

        PushEndpoint.Sessions listing = Objects.requireNonNull(new PushEndpoint(registry).list("sessions"));

        assertThat(listing.sessionCount()).isEqualTo(sessions);
        assertThat(listing.tokenCount()).isEqualTo(7);
        assertThat(listing.sessions()).hasSize(PushEndpoint.MAX_LISTED);
    }
}
