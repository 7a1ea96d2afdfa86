package dev.pushbridge.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.delivery.Explainer.EventStory;
import dev.pushbridge.delivery.Explainer.TokenStory;
import dev.pushbridge.event.Hindsight;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Departures;
import dev.pushbridge.session.Departures.Departure;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Nowhere;
import dev.pushbridge.testkit.Tab;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told, and what is not: neither what concerns others, nor what is not known. */
final class ExplainerTest {
    private final SessionRegistry registry = new SessionRegistry();
    private final ReplayWindow window = new ReplayWindow(Duration.ofMinutes(1), Duration.ofSeconds(50), 16 << 20);
    private final Departures departures = new Departures();
    private final Dispatcher dispatcher = new Dispatcher(
            registry,
            window,
            new Nowhere(),
            new PushMetrics(new SimpleMeterRegistry()),
            new ResumeSettings(true, List.of(), Duration.ofHours(1)),
            Receipts.UNHEARD);
    private final Explainer explainer = new Explainer(dispatcher, departures);
    private long offset;

    @BeforeEach
    void begin() {
        dispatcher.begin(7);
        dispatcher.begin(0, 0);
        dispatcher.ready();
    }

    @Test
    void whoAsksForOneTokenIsToldOfNoOther() {
        login("anna");
        login("ben");
        dispatch("anna", "ben");

        TokenStory anna = explainer.token("anna");

        assertThat(anna.events()).hasSize(1);
        assertThat(anna.events().get(0).deliveries())
                .extracting(Explainer.DeliveryStory::token)
                .containsExactly("anna");
    }

    @Test
    void whoCameInOneEventOnlyWithOthersIsOfflineThoughTheyWereHere() {
        login("ben");
        dispatch("anna", "ben");

        assertThat(explainer.token("anna").events().get(0).outcome()).isEqualTo(Hindsight.OFFLINE.word());
    }

    @Test
    void recipientFarDownTheListIsTold() {
        String[] tokens = IntStream.range(0, 10_000).mapToObj(i -> "token " + i).toArray(String[]::new);
        for (String token : tokens) {
            login(token);
        }
        dispatch(tokens);

        EventStory event = explainer.token("token 5000").events().get(0);

        assertThat(event.outcome()).isEqualTo(Hindsight.DISPATCHED.word());
        assertThat(event.deliveries()).hasSize(1);
        assertThat(explainer.event(0, 0).deliveries()).as("of all of them").hasSize(Explainer.MOST);
    }

    @Test
    void sessionIsToldWithItsCursor() {
        login("anna");
        dispatch("anna");

        assertThat(explainer.token("anna").sessions())
                .singleElement()
                .satisfies(session ->
                        assertThat(Cursor.of(session.cursor()).has(0, 0)).isTrue());
    }

    @Test
    void nobodyIsSaidToHaveBeenAwayWhoIsForgotten() {
        dispatch("anna");
        assertThat(outcome(0)).isEqualTo(Hindsight.OFFLINE.word());

        Login login = login("ben");
        dispatch("ben");
        leave("ben", login, 2);
        assertThat(outcome(1)).isEqualTo(Hindsight.DISPATCHED.word());

        for (int i = 0; i < 1_000; i++) {
            leave("stranger", login("stranger"), 3);
        }
        assertThat(outcome(1)).isEqualTo(Hindsight.FORGOTTEN.word());
        dispatch("anna");
        assertThat(outcome(2)).as("since then nobody is forgotten").isEqualTo(Hindsight.OFFLINE.word());
    }

    @Test
    void whatCameOutOfTheReplayWindowIsSaidToBeReplayed() {
        Cursor before = Cursor.of(window.position().cursor());
        dispatch("anna");
        Tab tab = new Tab("tab");
        registry.login(tab, new Login("anna", null, Instant.EPOCH).beginning(window.end(), before));
        dispatch("anna");

        assertThat(outcome(0)).isEqualTo(Hindsight.REPLAYED.word());
        assertThat(explainer.event(0, 0).deliveries().get(0).replayed()).isTrue();
        assertThat(outcome(1)).isEqualTo(Hindsight.DISPATCHED.word());
    }

    /** More than what is looked at in one go. */
    @Test
    void eventIsFoundByItsPlaceAmongMany() {
        for (int i = 0; i < 25_000; i++) {
            dispatch("anna");
        }

        assertThat(explainer.event(0, 24_999).outcome()).isEqualTo(Hindsight.OFFLINE.word());
        assertThat(explainer.event(0, 25_000).outcome()).isNull();
        assertThat(explainer.event(1, 0).outcome()).isNull();
    }

    private String outcome(long at) {
        return Objects.requireNonNull(explainer.event(0, at).outcome());
    }

    /** Its time is that of its offset, beginning with 1 ms. */
    private void dispatch(String... tokens) {
        PushEvent event = new PushEvent(List.of(tokens), "", RawJson.of("1"), null, null, null);
        dispatcher.dispatch(0, offset, offset + 1, offset + 1, event, null);
        offset++;
    }

    private Login login(String token) {
        Login login = new Login(token, null, Instant.EPOCH).beginning(window.end(), null);
        registry.login(new Tab(token), login);
        return login;
    }

    private void leave(String token, Login login, long millis) {
        for (var session : registry.sessionsOf(token)) {
            registry.logout(session);
        }
        departures.add(new Departure(token, login, Instant.ofEpochMilli(millis), "disconnect", 0, ""));
    }
}
