package dev.pushbridge.fault;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A node: the shipped jar in a process of its own. */
final class BridgeProcess extends ServerProcess {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    private final int managementPort = freePort();
    private final List<String> jvmOptions;
    private final Map<String, Object> properties;

    BridgeProcess(String name, List<String> jvmOptions, Map<String, Object> properties) {
        super(name);
        this.jvmOptions = jvmOptions;
        this.properties = properties;
    }

    @Override
    List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(BrokerProcess.java());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-jar",
                "target/push-bridge.jar",
                "--push.socket.host=" + LOOPBACK,
                "--push.socket.port=" + port(),
                "--management.server.port=" + managementPort));
        properties.forEach((name, value) -> command.add("--" + name + "=" + value));
        return command;
    }

    @Override
    boolean isReady() {
        return status("/actuator/health/readiness") == 200;
    }

    /** Whether it holds dead letters that it cannot write. */
    boolean holdsDeadLetters() {
        return status("/actuator/health/deadLetters") == 503;
    }

    /** What the management port answers, or 0 while it does not. */
    private int status(String path) {
        URI uri = URI.create("http://" + LOOPBACK + ":" + managementPort + path);
        HttpRequest get =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
        try {
            return HTTP.send(get, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
