package dev.pushbridge.benchmark;

import com.corundumstudio.socketio.AckCallback;
import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOClient;
import com.corundumstudio.socketio.SocketIOServer;
import com.corundumstudio.socketio.protocol.AckArgs;
import com.corundumstudio.socketio.protocol.Event;
import com.corundumstudio.socketio.protocol.JsonSupport;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one would write first: a consumer, a map from token to clients, and netty-socketio's {@code client.sendEvent}, with
 * the library's own handlers. The yardstick of the load run; it checks nothing and loses what a slow client does not take.
 */
final class PlainServer {
    private static final JsonMapper JSON = new JsonMapper();

    private PlainServer() {}

    /** Arguments: the port, the broker's address, the topic. */
    public static void main(String[] arguments) {
        Map<String, Set<SocketIOClient>> clients = new ConcurrentHashMap<>();
        serve(Integer.parseInt(arguments[0]), clients);
        Map<String, Object> properties = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[1],
                ConsumerConfig.GROUP_ID_CONFIG, "plain-server",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(arguments[2]));
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    push(JSON.readValue(record.value(), Map.class), clients);
                }
            }
        }
    }

    private static void serve(int port, Map<String, Set<SocketIOClient>> clients) {
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(port);
        configuration.setUseLinuxNativeEpoll(Epoll.isAvailable());
        configuration.setWebsocketCompression(false); // its default; 100 KB a connection
        configuration.setJsonSupport(new Jackson3());
        SocketIOServer server = new SocketIOServer(configuration);
        server.addEventListener("user_login", Map.class, (client, login, ack) -> {
            clients.computeIfAbsent(String.valueOf(login.get("tokenId")), token -> ConcurrentHashMap.newKeySet(2))
                    .add(client);
            ack.sendAckData(Map.of("ok", true));
        });
        server.start();
    }

    private static void push(Map<?, ?> event, Map<String, Set<SocketIOClient>> clients) {
        Map<String, Object> message = new HashMap<>();
        message.put("entityType", event.get("entityType"));
        message.put("data", event.get("data"));
        for (Object token : (List<?>) Objects.requireNonNull(event.get("tokens"))) {
            clients.getOrDefault(String.valueOf(token), Set.of())
                    .forEach(client -> client.sendEvent("receive_message", message));
        }
    }

    /** The library's own is for Jackson 2. */
    private static final class Jackson3 implements JsonSupport {
        @Override
        public AckArgs readAckArgs(ByteBufInputStream in, AckCallback<?> callback) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T readValue(String namespace, ByteBufInputStream in, Class<T> type) throws IOException {
            JsonNode value = JSON.readTree(in);
            if (!value.isArray()) {
                return JSON.treeToValue(value, type);
            }
            List<Object> arguments = new ArrayList<>();
            for (int i = 1; i < value.size(); i++) {
                arguments.add(JSON.treeToValue(value.get(i), Map.class));
            }
            return type.cast(new Event(value.get(0).asString(), arguments));
        }

        @Override
        public void writeValue(ByteBufOutputStream out, Object value) throws IOException {
            JSON.writeValue((OutputStream) out, value);
        }

        @Override
        public void addEventMapping(String namespace, String event, Class<?>... types) {}

        @Override
        public void removeEventMapping(String namespace, String event) {}

        @Override
        public List<byte[]> getArrays() {
            return List.of();
        }
    }
}
