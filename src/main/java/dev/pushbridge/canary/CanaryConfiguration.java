package dev.pushbridge.canary;

import dev.pushbridge.ingest.EventPublisher;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.socket.SocketServer;
import java.security.SecureRandom;
import java.util.Base64;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the canary together. */
@Configuration(proxyBeanMethods = false)
class CanaryConfiguration {
    /** Its key is its token, so that its events keep to one partition and order. */
    @Bean
    Canary canary(
            PushSettings settings,
            EventPublisher publisher,
            SocketServer server,
            Authenticator authenticator,
            PushMetrics metrics) {
        String token = newToken();
        authenticator.admit(token);
        Canary canary = new Canary(
                settings.canary(),
                token,
                value -> publisher.publish(token, value),
                new SocketEar(settings.socket(), server::port, token),
                System::nanoTime);
        metrics.gauge(Meters.CANARY_AGE, () -> canary.age().toSeconds());
        metrics.gauge(Meters.CANARY_LIMIT, () -> settings.canary().maxAge().toSeconds());
        return canary;
    }

    @Bean
    CanaryHealth canaryHealthIndicator(Canary canary) {
        return new CanaryHealth(canary);
    }

    /** 256 bits that nobody can guess: to know it is to be the canary. */
    private static String newToken() {
        byte[] bits = new byte[32];
        new SecureRandom().nextBytes(bits);
        return "canary-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }
}
