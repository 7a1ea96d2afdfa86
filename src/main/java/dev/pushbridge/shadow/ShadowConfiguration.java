package dev.pushbridge.shadow;

import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.settings.PushSettings;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts shadow mode together. What a node otherwise does to others, its owners leave out by the same condition. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("push.shadow")
class ShadowConfiguration {
    @Bean
    Sightings sightings(PushSettings settings) {
        return new Sightings(Clock.systemUTC(), settings.lookBack());
    }

    @Bean
    Shadow shadow(Sightings sightings, ReplayWindow window, PushSettings settings) {
        return new Shadow(sightings, window, settings.replay(), Clock.systemUTC());
    }

    @Bean
    ShadowLog shadowLog(Shadow shadow) {
        return new ShadowLog(shadow);
    }
}
