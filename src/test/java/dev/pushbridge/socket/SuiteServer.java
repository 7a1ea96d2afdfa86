package dev.pushbridge.socket;

import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.SocketSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;

/**
 * The bridge's front with the applications that the official protocol suites expect: Socket.IO at {@code /socket.io},
 * raw Engine.IO at {@code /engine.io}. The port is the argument; the suites themselves want 3000.
 */
final class SuiteServer {
    private SuiteServer() {}

    public static void main(String[] arguments) {
        SocketServer server = of(TestSettings.with(
                "port", arguments.length > 0 ? arguments[0] : "3000",
                "ping-interval", "300ms",
                "ping-timeout", "200ms",
                "max-payload", "1000000B",
                "limits.connect-timeout", "1s"));
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    }

    static SocketServer of(SocketSettings settings) {
        EchoApplication application = new EchoApplication();
        return new SocketServer(
                settings,
                List.of(
                        new Endpoint("/socket.io", session -> new SocketConversation(session, application)),
                        new Endpoint("/engine.io", EchoApplication.EngineEcho::new)),
                new PushMetrics(new SimpleMeterRegistry()));
    }
}
