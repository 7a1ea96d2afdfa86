package dev.pushbridge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.metrics.Meters;
import org.junit.jupiter.api.Test;

final class FiguresTest {
    private final Figures figures = new Figures("""
            # HELP push_records_total Records by how they ended on this node
            # TYPE push_records_total counter
            push_records_total{outcome="dispatched"} 3.0
            push_records_total{outcome="offline"} 1.0E2
            push_records_consumed_total 103.0
            push_sessions 2.0
            push_sessions_open 5.0
            push_tokens NaN
            """);

    @Test
    void meterIsFoundByItsNameAndTag() {
        assertThat(figures.of(Meters.SESSIONS)).isEqualTo(2);
        assertThat(figures.of(Meters.RECORDS_CONSUMED)).isEqualTo(103);
        assertThat(figures.of(Meters.RECORDS, "offline")).isEqualTo(100);
    }

    @Test
    void sumIsOfOneMeterNotOfThoseWhoseNameBeginsTheSame() {
        assertThat(figures.sum(Meters.RECORDS)).isEqualTo(103);
        assertThat(figures.sum(Meters.SESSIONS)).isEqualTo(2);
    }

    @Test
    void meterThatIsNotThereIsNotZero() {
        assertThatThrownBy(() -> figures.of(Meters.DELIVERIES_STARTED)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> figures.sum(Meters.DELIVERIES)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> figures.of(Meters.TOKENS)).isInstanceOf(AssertionError.class);
    }
}
