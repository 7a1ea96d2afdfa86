package dev.pushbridge.security;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.testkit.Logs;
import dev.pushbridge.testkit.Provider;
import dev.pushbridge.testkit.Provider.Mood;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.mock.env.MockEnvironment;

/** What the start says of who is believed. */
final class SecurityConfigurationTest {
    private final SecurityConfiguration configuration = new SecurityConfiguration();

    /** Its query may be a secret. */
    @ParameterizedTest
    @EnumSource(names = {"AWAY", "NO_KEYS", "MOVED"})
    void whereTheKeysAreIsShownWithoutTheQuery(Mood mood) throws Exception {
        try (Provider provider = new Provider();
                Logs logs = Logs.copied()) {
            provider.is(mood);
            PushSettings settings = settings(Map.of(
                    "push.auth.mode", "jwt", "push.auth.jwt.jwk-set-uri", provider.keysUri() + "?sig=marked%20secret"));
            try (ProviderKeys keys = requireNonNull(configuration.providerKeys(settings));
                    JwtAuthenticator authenticator = authenticator(settings, keys)) {
                await().untilAsserted(() -> assertThat(logs.lines())
                        .anyMatch(line -> line.startsWith("The keys of " + provider.keysUri() + " cannot be had")));
                assertThat(authenticator).isNotNull();
            }
            assertThat(logs.lines())
                    .anyMatch(line -> line.contains("keys: " + provider.keysUri() + ","))
                    .noneMatch(line -> line.contains("marked"));
            assertThat(settings.toString()).contains(provider.keysUri()).doesNotContain("marked");
        }
    }

    /** As in an environment that has the variable, and nothing in it. */
    @Test
    void emptyUrlIsNone() {
        assertThat(configuration.providerKeys(settings(Map.of("push.auth.jwt.jwk-set-uri", ""))))
                .isNull();
    }

    private JwtAuthenticator authenticator(PushSettings settings, ProviderKeys keys) {
        PushMetrics metrics = new PushMetrics(new SimpleMeterRegistry());
        return (JwtAuthenticator) configuration.authenticator(
                settings,
                configuration.revocations(settings, new SessionRegistry(), metrics),
                new StaticListableBeanFactory(Map.of("keys", keys)).getBeanProvider(ProviderKeys.class),
                new MockEnvironment());
    }

    private static PushSettings settings(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("push", PushSettings.class);
    }
}
