package dev.pushbridge.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A plain consumer in a process of its own that is {@link Commanded}, where else the server is: how late events are when
 * nothing is done with them.
 */
final class KafkaAlone {
    private final Histogram latencies = Latency.histogram();
    private final KafkaConsumer<byte[], byte[]> consumer;

    private KafkaAlone(String broker, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position); // is asked for now, before there is anything
    }

    static Commanded start(String broker, String topic) throws IOException {
        return new Commanded(
                "kafka-alone",
                Processes.server(List.of(
                        "-cp", System.getProperty("java.class.path"), KafkaAlone.class.getName(), broker, topic)));
    }

    public static void main(String[] arguments) throws Exception {
        KafkaAlone alone = new KafkaAlone(arguments[0], arguments[1]);
        Thread reader = new Thread(alone::read, "kafka-alone");
        reader.setDaemon(true);
        reader.start();
        Commanded.serve(alone::answer);
        Runtime.getRuntime().halt(0);
    }

    private String answer(String[] command) throws IOException {
        return switch (command[0]) {
            case "reset" -> {
                latencies.reset();
                yield "";
            }
            case "latency" -> Latency.of(latencies).line();
            default -> throw new IOException("unknown command: " + command[0]);
        };
    }

    private void read() {
        while (true) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                byte[] event = record.value();
                latencies.recordValue(Math.max(0, Latency.nowMicros() - Latency.sentAtMicros(event, event.length)));
            }
        }
    }
}
