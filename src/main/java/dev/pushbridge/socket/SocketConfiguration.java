package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.delivery.Logins;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.security.Authenticator;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.settings.SocketSettings;
import dev.pushbridge.socket.PushApplication.Greeting;
import dev.pushbridge.socket.SocketServer.Door;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The server with the bridge's own application on its path. */
@Configuration(proxyBeanMethods = false)
class SocketConfiguration {
    private static final Logger log = LoggerFactory.getLogger(SocketConfiguration.class);
    /** How long somebody may stay who does not say who he is, where that matters and nothing is set. */
    private static final Duration STRANGERS_TIMEOUT = Duration.ofSeconds(30);

    @Bean
    Gate gate(PushSettings settings, Authenticator authenticator, SessionRegistry registry, PushMetrics metrics) {
        Duration loginTimeout = settings.socket().limits().loginTimeout();
        return new Gate(
                authenticator,
                registry,
                metrics,
                Clock.systemUTC(),
                authenticator.isStrict() && loginTimeout.isZero() ? STRANGERS_TIMEOUT : loginTimeout,
                settings.auth().expiryWarning());
    }

    @Bean
    PushApplication pushApplication(
            PushSettings settings,
            SessionRegistry registry,
            Logins logins,
            Gate gate,
            PushMetrics metrics,
            Departures departures) {
        Greeting greeting = settings.socket().newUser() ? Greeting.EVERYBODY : Greeting.NOBODY;
        return new PushApplication(registry, logins, gate, pids(settings.resume()), greeting, metrics, departures);
    }

    private static @Nullable Pids pids(ResumeSettings resume) {
        if (!resume.enabled()) {
            return null;
        }
        List<byte[]> keys = new ArrayList<>();
        resume.keys().forEach(key -> keys.add(key.getBytes(UTF_8)));
        if (keys.isEmpty()) {
            log.info("push.resume.keys: none, so that a client which comes back to another node gets a new id there");
            byte[] random = new byte[32];
            new SecureRandom().nextBytes(random);
            keys.add(random);
        }
        return new Pids(keys, resume.pidLifetime(), Clock.systemUTC());
    }

    /** The application is asked for when the first client comes: it needs the dispatcher, which needs this server. */
    @Bean(destroyMethod = "stop") // where the start fails before anything is stopped in its order
    SocketServer socketServer(
            PushSettings settings,
            ObjectProvider<PushApplication> application,
            PushMetrics metrics,
            SslBundles bundles) {
        SocketSettings socket = settings.socket();
        Endpoint endpoint =
                new Endpoint(socket.path(), session -> new SocketConversation(session, application.getObject()));
        String bundle = socket.sslBundle();
        return new SocketServer(
                socket,
                List.of(endpoint),
                metrics,
                bundle == null ? null : Tls.of(bundles, bundle),
                settings.shadow() ? Door.SHUT : Door.OPEN);
    }
}
