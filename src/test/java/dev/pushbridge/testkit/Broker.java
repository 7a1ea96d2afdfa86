package dev.pushbridge.testkit;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/**
 * The one Kafka broker of the test JVM, started by the first test that asks for it and stopped after the last: Apache
 * Kafka's own image where a Docker engine answers, else the embedded broker. Neither creates topics by itself.
 */
public final class Broker {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);
    /** Also what docker-compose.yml runs. */
    public static final String IMAGE = "apache/kafka:4.1.0";

    /** Null while it was not asked for, or runs in a container. */
    private static volatile @Nullable EmbeddedKafkaBroker embedded;

    private Broker() {}

    /** Its address, as {@code spring.kafka.bootstrap-servers} takes it. */
    public static String servers() {
        return Running.SERVERS;
    }

    static void stop() {
        EmbeddedKafkaBroker kafka = embedded;
        if (kafka != null) {
            kafka.destroy();
        }
    }

    /** Started once, by the class loader's lock. */
    private static final class Running {
        static final String SERVERS = start();

        private static String start() {
            return DockerClientFactory.instance().isDockerAvailable() ? container() : embedded();
        }

        private static String container() {
            // Closed by Testcontainers' own reaper, also when this JVM is killed.
            @SuppressWarnings("resource")
            KafkaContainer kafka = new KafkaContainer(IMAGE)
                    .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                    .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0");
            kafka.start();
            log.info("Kafka for the tests: Testcontainers, {}, at {}", IMAGE, kafka.getBootstrapServers());
            return kafka.getBootstrapServers();
        }

        private static String embedded() {
            EmbeddedKafkaBroker kafka = new EmbeddedKafkaKraftBroker(1, 1)
                    .brokerProperties(Map.of(
                            "auto.create.topics.enable",
                            "false",
                            "transaction.state.log.num.partitions",
                            "1",
                            "transaction.state.log.replication.factor",
                            "1",
                            "transaction.state.log.min.isr",
                            "1"))
                    // Its default would set spring.kafka.bootstrap-servers for everything in this JVM.
                    .brokerListProperty(EmbeddedKafkaBroker.SPRING_EMBEDDED_KAFKA_BROKERS);
            kafka.afterPropertiesSet();
            embedded = kafka;
            log.info("Kafka for the tests: embedded (no Docker engine answers), at {}", kafka.getBrokersAsString());
            return kafka.getBrokersAsString();
        }
    }
}
