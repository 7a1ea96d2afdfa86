package dev.pushbridge.shadow;

import dev.pushbridge.replay.ReplayWindow;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts shadow mode together. What a node otherwise does to others, its owners leave out by the same condition. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("push.shadow")
class ShadowConfiguration {
    @Bean
    Sightings sightings() {
        return new Sightings();
    }

    @Bean
    ShadowLog shadowLog(Sightings sightings, ReplayWindow window) {
        return new ShadowLog(sightings, window);
    }
}
