package dev.pushbridge.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.Meters;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DispatcherTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SessionRegistry registry = new SessionRegistry();
    private int flushes;
    private final Dispatcher dispatcher = new Dispatcher(registry, () -> flushes++, new PushMetrics(meters));

    @Test
    void dispatchReachesEverySessionOfEveryRecipientAndNobodyElse() {
        Tab phone = tab("anna");
        Tab laptop = tab("anna");
        Tab ben = tab("ben");
        Tab carla = tab("carla");

        assertThat(dispatch("anna", "ben", "nobody")).isEqualTo(RecordOutcome.DISPATCHED);

        assertThat(phone.frames).hasSize(1);
        assertThat(laptop.frames).hasSize(1);
        assertThat(ben.frames).hasSize(1);
        assertThat(carla.frames).isEmpty();
        assertThat(deliveriesStarted()).isEqualTo(3);
    }

    @Test
    void allSessionsShareOneFrame() {
        Tab anna = tab("anna");
        Tab ben = tab("ben");

        assertThat(dispatch("anna", "ben")).isEqualTo(RecordOutcome.DISPATCHED);

        assertThat(anna.frames.get(0)).isSameAs(ben.frames.get(0));
    }

    @Test
    void eventForNobodyHereIsOffline() {
        Tab anna = tab("anna");
        registry.logout(anna);

        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.OFFLINE);

        assertThat(anna.frames).isEmpty();
        assertThat(deliveriesStarted()).isZero();
    }

    @Test
    void framesLeaveWithTheFlushOfTheBatchNotBefore() {
        Tab anna = tab("anna");
        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.DISPATCHED);
        assertThat(dispatch("anna")).isEqualTo(RecordOutcome.DISPATCHED);
        assertThat(flushes).isZero();

        dispatcher.flush();

        assertThat(flushes).isEqualTo(1);
        assertThat(anna.frames).hasSize(2);
    }

    private RecordOutcome dispatch(String... tokens) {
        return dispatcher.dispatch(new PushEvent(List.of(tokens), "", RawJson.of("1"), null, null, null));
    }

    private double deliveriesStarted() {
        return meters.get(Meters.DELIVERIES_STARTED.meter()).counter().count();
    }

    private Tab tab(String token) {
        Tab tab = new Tab();
        registry.login(tab, new Login(token, null, Instant.EPOCH));
        return tab;
    }

    private static final class Tab implements Session {
        final List<Frame> frames = new ArrayList<>();

        @Override
        public String id() {
            return "tab";
        }

        @Override
        public void send(Frame frame) {
            frames.add(frame);
        }

        @Override
        public void end(SessionEnd end) {
            throw new AssertionError("nobody ends this");
        }
    }
}
