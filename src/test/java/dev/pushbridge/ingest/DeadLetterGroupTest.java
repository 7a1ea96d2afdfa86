package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.doNothing;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Clock;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.listener.MessageListenerContainer;

class DeadLetterGroupTest {
    private final MessageListenerContainer container = mock(MessageListenerContainer.class);
    private final DeadLetterHold hold = new DeadLetterHold(Clock.systemUTC());
    private final DeadLetterGroup group = new DeadLetterGroup(container, hold);
    private final DeadLetterHealth health = new DeadLetterHealth(group, hold);

    @Test
    void start_goesOnTrying_whileNoConsumerCanBeMade_andSaysSo() {
        when(container.isInExpectedState()).thenReturn(true);
        doThrow(new KafkaException("No resolvable bootstrap urls"))
                .doNothing()
                .when(container)
                .start();

        group.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(health.health().getDetails())
                        .containsEntry("reason", "no consumer can be made: No resolvable bootstrap urls"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(health.health().getStatus()).isEqualTo(Status.UP));
        verify(container, times(2)).start();
        group.stop();
        verify(container).stop();
    }

    @Test
    void containerThatHasGivenUp_isBegunAgain() {
        when(container.isInExpectedState()).thenReturn(false, true);

        group.start();

        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> verify(container, times(2)).start());
        group.stop();
    }

    @Test
    void stop_endsTheTrying() {
        doThrow(new KafkaException("No resolvable bootstrap urls"))
                .when(container)
                .start();
        group.start();

        group.stop();

        assertThat(group.isRunning()).isFalse();
    }

    @Test
    void containerThatHasGivenUp_isDown() {
        doNothing().when(container).start();
        when(container.isInExpectedState()).thenReturn(false);

        assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.health().getDetails()).containsEntry("reason", "the group's consumer has stopped");
    }
}
