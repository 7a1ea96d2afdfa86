package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.DeliveryOutcome;
import dev.pushbridge.event.SessionEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stop of a server: nobody new, and those who are here are told to go a few at a time. */
final class ShutdownTest {
    private static final int SESSIONS = 20;

    /** A poll is answered with Engine.IO's close. */
    @Test
    void pollsAreTold() throws Exception {
        try (TestNode node = TestNode.with("shutdown-grace", "3s", "event-loops", "1");
                Talker waiting = Talker.onPolling(node)) {
            waiting.join("");
            Thread stop = new Thread(node.server()::stop);
            stop.start();

            assertThat(waiting.told()).isEqualTo("1");
            stop.join(20_000);
            assertThat(stop.isAlive()).isFalse();
            assertThat(node.ended(SessionEnd.SHUTDOWN)).isEqualTo(1);
        }
    }

    @Test
    void clientThatDoesNotNoticeACloseFrameIsEndedWithoutOne() throws Exception {
        try (TestNode node = TestNode.with();
                Raw android = Raw.webSocket(node.port(), Raw.WEBSOCKET, "User-Agent: okhttp/3.12.12")) {
            assertThat(android.next()).startsWith("0{");
            assertThat(android.text("40").next()).startsWith("40{");

            node.server().stop();

            assertThat(android.next()).isEqualTo(Raw.END);
            assertThat(node.ended(SessionEnd.SHUTDOWN)).isEqualTo(1);
        }
    }

    @Test
    void sessionsArePacedOutAndPushedToUntilTheyGo() throws Exception {
        try (TestNode node = TestNode.with("shutdown-grace", "6s", "event-loops", "1")) {
            List<Raw> clients = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(node.loggedIn("anna"));
            }
            Thread stop = new Thread(node.server()::stop);
            stop.start();

            await("the first to go")
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> node.server().sessions() < SESSIONS);
            long begin = System.nanoTime();
            int rest = node.push("anna", "still served");
            assertThat(rest).isBetween(1, SESSIONS - 1);
            await("the last to go").until(() -> node.ended(SessionEnd.SHUTDOWN) == SESSIONS);
            // Two in each slice of 300 ms: ten slices.
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(1));

            int served = 0;
            for (Raw client : clients) {
                String heard = client.next();
                while (!heard.startsWith("<")) {
                    served += heard.contains("still served") ? 1 : 0;
                    heard = client.next();
                }
                assertThat(heard).isEqualTo("<close 1001 shutdown>");
                client.close();
            }
            assertThat(served + node.deliveries(DeliveryOutcome.CLOSED)).isEqualTo(rest);
            stop.join(20_000);
            assertThat(stop.isAlive()).isFalse();
        }
    }
}
