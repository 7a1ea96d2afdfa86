package dev.pushbridge.delivery;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.settings.ResumeSettings;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The replay window as the settings want it, with its figures, and the logins. */
@Configuration(proxyBeanMethods = false)
class DeliveryConfiguration {
    private static final Duration LOGIN_PATIENCE = Duration.ofSeconds(10);

    @Bean
    Logins logins(Dispatcher dispatcher, SessionRegistry registry, PushSettings settings) {
        return new Logins(dispatcher, registry, settings.socket().limits().socketsPerToken(), LOGIN_PATIENCE);
    }

    @Bean
    ReplayWindow replayWindow(PushSettings settings, PushMetrics metrics) {
        ReplayWindow window = new ReplayWindow(
                settings.replayKeep(),
                settings.replay().window(),
                settings.replay().size().toBytes());
        metrics.gauge(Meters.REPLAY_EVENTS, window::events);
        metrics.gauge(Meters.REPLAY_BYTES, window::bytes);
        metrics.gauge(
                Meters.REPLAY_AGE, () -> Math.max(0, (System.currentTimeMillis() - window.oldestMillis()) / 1000));
        return window;
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "push.undelivered.enabled", havingValue = false, matchIfMissing = true)
    Receipts unheardReceipts() {
        return Receipts.UNHEARD;
    }

    @Bean
    ResumeSettings resumeSettings(PushSettings settings) {
        return settings.resume();
    }
}
