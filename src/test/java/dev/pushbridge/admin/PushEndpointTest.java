package dev.pushbridge.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.delivery.Dispatcher;
import dev.pushbridge.delivery.Explainer;
import dev.pushbridge.delivery.Receipts;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

final class PushEndpointTest {
    @Test
    void listingIsBoundedAndSaysHowManyThereAre() {
        SessionRegistry registry = new SessionRegistry();
        int sessions = PushEndpoint.MAX_LISTED + 1;
        for (int i = 0; i < sessions; i++) {
            registry.login(new Tab("socket " + i), new Login("token " + i % 7, null, Instant.EPOCH.plusSeconds(i)));
        }

        PushEndpoint.Sessions listing =
                Objects.requireNonNull(endpoint(registry).list("sessions"));

        assertThat(listing.sessionCount()).isEqualTo(sessions);
        assertThat(listing.tokenCount()).isEqualTo(7);
        assertThat(listing.sessions()).hasSize(PushEndpoint.MAX_LISTED);
    }

    private static PushEndpoint endpoint(SessionRegistry registry) {
        Dispatcher dispatcher = new Dispatcher(
                registry,
                new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 1 << 20),
                new Nowhere(),
                new PushMetrics(new SimpleMeterRegistry()),
                new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                Receipts.UNHEARD);
        PushSettings defaults =
                new Binder(new MapConfigurationPropertySource(Map.of())).bindOrCreate("push", PushSettings.class);
        return new PushEndpoint(registry, new Explainer(dispatcher, new Departures()), defaults);
    }
}
