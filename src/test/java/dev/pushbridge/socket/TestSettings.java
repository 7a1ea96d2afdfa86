package dev.pushbridge.socket;

import dev.pushbridge.settings.PushSettings;
import dev.pushbridge.settings.SocketSettings;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings of a server on a free port of this machine, as if an operator had set them. */
final class TestSettings {
    private TestSettings() {}

    /** Names without {@code push.socket.}, and values, in turn. */
    static SocketSettings with(String... namesAndValues) {
        Map<String, String> properties =
                new HashMap<>(Map.of("push.socket.host", "127.0.0.1", "push.socket.port", "0"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put("push.socket." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("push", PushSettings.class)
                .socket();
    }
}
