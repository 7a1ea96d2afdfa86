package dev.pushbridge;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The nginx sample, read by nginx, and a client that goes through it. */
final class NginxIT {
    private static final Path SAMPLE = Path.of("src/main/nginx/push-bridge.conf");

    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("push.socket.path", "/ws/socket.io"));

    @Test
    void pushesReachClientsBehindNginx(@TempDir Path directory) throws Exception {
        Tool nginx = Tool.of("nginx", "nginx-light");
        int port = Tool.freePort();
        Files.writeString(directory.resolve("push-bridge.conf"), sample(port));
        Files.writeString(directory.resolve("nginx.conf"), """
                pid nginx.pid;
                daemon off;
                worker_processes 1;
                events { worker_connections 64; }
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    include push-bridge.conf;
                }
                """);

        assertThat(nginx.run(arguments(directory, "-t"))).contains("test is successful");

        Process running = nginx.call(arguments(directory)).start();
        try {
            Awaitility.await().untilAsserted(() -> new Socket(InetAddress.getLoopbackAddress(), port).close());
            for (ClientKind kind : ClientKind.values()) {
                Client client = bridge.open(kind, port);
                client.login("anna");
                bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"through nginx\"}");
                assertThat(client.nextPush().path("data").asString())
                        .as("%s", kind)
                        .isEqualTo("through nginx");
                client.disconnect();
            }
        } finally {
            running.destroy();
            assertThat(running.waitFor(10, SECONDS)).as("nginx ended").isTrue();
        }
    }

    /** As it stands in the repository, but for the ports. */
    private static String sample(int port) throws IOException {
        String sample = Files.readString(SAMPLE);
        assertThat(sample).contains("server 127.0.0.1:4001;", "listen 80;");
        return sample.replace("127.0.0.1:4001", "127.0.0.1:" + bridge.socketPort())
                .replace("listen 80;", "listen 127.0.0.1:" + port + ";");
    }

    private static String[] arguments(Path directory, String... more) {
        return Stream.concat(Stream.of("-p", directory.toString(), "-c", "nginx.conf", "-e", "stderr"), Stream.of(more))
                .toArray(String[]::new);
    }
}
