package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.socket.SocketServer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

/** What the application says of its own safety when it starts, or why it does not start. No Kafka is there. */
@ExtendWith(OutputCaptureExtension.class)
final class StartIT {
    @Test
    void whoTrustsEverybodyIsWarnedAndWhoHasNoKeyIsToldWhatThatMeans(CapturedOutput output) {
        start().close();

        assertThat(output)
                .contains("push.auth.mode is trust: everybody who can connect is believed to be whoever they say.")
                .contains(
                        "push.resume.keys: none, so that a client which comes back to another node gets a new id there");
    }

    @Test
    void productionDoesNotStartWhereEverybodyIsTrusted(CapturedOutput output) {
        assertThatThrownBy(() -> start("--spring.profiles.active=production").close())
                .isInstanceOf(RuntimeException.class);

        assertThat(output)
                .contains("Invalid value 'trust' for configuration property 'push.auth.mode'")
                .contains("It lets everybody be anybody, and the profile production is on: set jwt.");
    }

    @Test
    void productionStartsWithJsonWebTokens(CapturedOutput output) {
        start(
                        "--spring.profiles.active=production",
                        "--push.auth.mode=jwt",
                        "--push.auth.jwt.secret=" + "0123456789abcdef".repeat(2),
                        "--push.resume.keys=" + "fedcba9876543210".repeat(2))
                .close();

        assertThat(output)
                .contains("Logins need a JWT; keys: a secret")
                .doesNotContain("push.auth.mode is trust", "push.resume.keys: none");
    }

    @Test
    void socketIsOpenBeforeTheHttpPortsAre() {
        List<Boolean> openBefore = new ArrayList<>();
        ApplicationListener<WebServerInitializedEvent> listener = new ApplicationListener<>() {
            @Override
            public void onApplicationEvent(WebServerInitializedEvent event) {
                openBefore.add(event.getApplicationContext()
                        .getBean(SocketServer.class)
                        .isRunning());
            }
        };

        start(new SpringApplicationBuilder(PushBridgeApplication.class).listeners(listener))
                .close();

        assertThat(openBefore).isNotEmpty().containsOnly(true);
    }

    private static ConfigurableApplicationContext start(String... arguments) {
        return start(new SpringApplicationBuilder(PushBridgeApplication.class), arguments);
    }

    private static ConfigurableApplicationContext start(SpringApplicationBuilder builder, String... arguments) {
        return builder.registerShutdownHook(false)
                .run(Stream.concat(
                                Stream.of(
                                        "--spring.kafka.bootstrap-servers=127.0.0.1:1",
                                        "--push.socket.port=0",
                                        "--server.port=0",
                                        "--management.server.port=0"),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }
}
