package dev.pushbridge.http;

import dev.pushbridge.settings.PushSettings;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;

/** Leaves {@code server.port} closed while nothing is served there. The management port is another server and stays. */
@Component
final class HttpPort implements WebServerFactoryCustomizer<ConfigurableWebServerFactory>, Ordered {
    private static final int CLOSED = -1;

    private final PushSettings settings;

    HttpPort(PushSettings settings) {
        this.settings = settings;
    }

    @Override
    public void customize(ConfigurableWebServerFactory factory) {
        if (!settings.page().enabled() && !settings.api().enabled()) {
            factory.setPort(CLOSED);
        }
    }

    /** After Spring Boot's own, which sets the configured port. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }
}
