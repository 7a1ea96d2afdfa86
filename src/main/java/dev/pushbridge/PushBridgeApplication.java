package dev.pushbridge;

import dev.pushbridge.settings.PushSettings;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** Starts the bridge. */
@SpringBootApplication
@EnableConfigurationProperties(PushSettings.class)
public class PushBridgeApplication {
    public static void main(String[] args) {
        SpringApplication.run(PushBridgeApplication.class, args);
    }
}
