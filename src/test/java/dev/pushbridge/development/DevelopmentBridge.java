package dev.pushbridge.development;

import dev.pushbridge.PushBridgeApplication;
import dev.pushbridge.settings.KafkaSettings;
import dev.pushbridge.settings.PushSettings;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Starts a broker, the topics and the bridge with everything switched on, and says where things are. */
public final class DevelopmentBridge {
    private static final int PARTITIONS = 4;

    private DevelopmentBridge() {}

    public static void main(String[] args) {
        SpringApplication.from(PushBridgeApplication::main)
                .with(Services.class)
                .withAdditionalProfiles("development")
                .run(args);
    }

    /** Not annotated, so that no scan of a test finds it. */
    static final class Services {
        @Bean
        DevelopmentBroker broker(@Value("${" + DevelopmentBroker.PORT + ":9092}") int port, PushSettings settings) {
            DevelopmentBroker broker = DevelopmentBroker.start(port);
            KafkaSettings kafka = settings.kafka();
            broker.createTopics(List.of(
                    new NewTopic(kafka.topic(), PARTITIONS, (short) 1),
                    new NewTopic(kafka.deadLetterTopic(), 1, (short) 1)));
            return broker;
        }

        /** Whatever speaks to Kafka asks for this, and so starts after the broker and stops before it. */
        @Bean
        KafkaConnectionDetails kafka(DevelopmentBroker broker) {
            return new KafkaConnectionDetails() {
                @Override
                public List<String> getBootstrapServers() {
                    return List.of(broker.address());
                }
            };
        }

        @Bean
        ApplicationListener<ApplicationReadyEvent> signpost(
                DevelopmentBroker broker, PushSettings settings, Environment environment) {
            return ready -> System.out.printf( // for the person at the terminal, not for a log
                    """

                      page        http://localhost:%s
                      socket.io   http://localhost:%d%s
                      management  http://localhost:%s/actuator
                      broker      %s
                      topic       %s (dead letters: %s)

                      Ctrl-C stops everything.

                    """,
                    environment.getProperty("local.server.port"),
                    settings.socket().port(),
                    settings.socket().path(),
                    environment.getProperty("local.management.port"),
                    broker.address(),
                    settings.kafka().topic(),
                    settings.kafka().deadLetterTopic());
        }
    }
}
