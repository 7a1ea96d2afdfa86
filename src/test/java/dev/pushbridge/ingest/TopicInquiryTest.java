package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class TopicInquiryTest {
    /** Each takes its time by itself; asked at once, all of it together takes no longer. */
    @Test
    void brokerThatTakesConnectionsAndSaysNothingIsGivenUpInTime() throws IOException {
        Duration inTime = TopicInquiry.WAIT.plusSeconds(5);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TopicInquiry inquiry =
                        TopicInquiry.with(Map.of("bootstrap.servers", "127.0.0.1:" + silent.getLocalPort()))) {
            CompletableFuture<long[]> ends = inquiry.ends("push.events", 2);
            CompletableFuture<Integer> identity = inquiry.identity("push.events");

            assertThatThrownBy(() -> inquiry.awaitIdentity("push.events")).isInstanceOf(KafkaException.class);
            assertThat(ends)
                    .failsWithin(inTime)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(KafkaException.class);
            assertThat(identity)
                    .failsWithin(inTime)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(KafkaException.class);
        }
    }
}
