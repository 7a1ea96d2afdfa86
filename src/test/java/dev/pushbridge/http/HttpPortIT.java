package dev.pushbridge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.testkit.Bridge;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The public HTTP port of a node that serves nothing there. */
final class HttpPortIT {
    @Test
    void portStaysClosedWhileThePageAndTheApiAreOff() throws IOException {
        int port = freePort();
        try (Bridge bridge = Bridge.onNewTopic(Map.of("server.port", port))) {
            bridge.start();
            assertThat(bridge.management("/actuator/health").statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                    .isInstanceOf(IOException.class);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
