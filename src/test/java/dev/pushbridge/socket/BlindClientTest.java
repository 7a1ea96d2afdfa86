package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.SessionEnd;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that says at each turn that it is alive, and reads nothing of what waits for it. */
final class BlindClientTest {
    private static final String LOGIN = "42[\"user_login\",{\"tokenId\":\"anna\"}]";

    /** Without a bound of its own: it would have its backlog for ever. */
    private static TestNode node() {
        return TestNode.with(
                "ping-interval", "500ms",
                "ping-timeout", "1s",
                "backlog-size", "64MB",
                "limits.packets-per-second", "0");
    }

    @ParameterizedTest
    @CsvSource({"3, 2", "4, 3"})
    void isEndedOnAWebSocket(int protocol, String signOfLife) {
        try (TestNode node = node();
                Raw blind = Raw.lazyTo(node.port())) {
            logIn(protocol, blind, node);
            fillBacklog(node);
            assertIsEnded(node, () -> blind.sendFrameIfOpen(signOfLife));
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 1:2", "4, 3"})
    void isEndedOnPolling(int protocol, String signOfLife) {
        String polling = "/socket.io/?EIO=" + protocol + "&transport=polling";
        try (TestNode node = node();
                Raw raw = Raw.to(node.port())) {
            String url = polling + "&sid="
                    + Raw.idIn(raw.request("GET", polling, "").answer().body());
            String login = protocol == 4 ? "40\u001e" + LOGIN : LOGIN.length() + ":" + LOGIN;
            raw.request("POST", url, login).answer();
            await("login").until(() -> node.registry().sessionCount() == 1);
            node.push("anna", "never polled for");
            assertIsEnded(node, () -> {
                raw.request("POST", url, signOfLife).answer();
            });
        }
    }

    private static void assertIsEnded(TestNode node, Runnable saysThatItIsAlive) {
        await("the end").pollInterval(Duration.ofMillis(10)).until(() -> {
            saysThatItIsAlive.run();
            return node.server().sessions() == 0;
        });
        assertThat(node.ended(SessionEnd.PING_TIMEOUT)).isEqualTo(1);
        await("its backlog to be gone").until(() -> node.backlogBytes() == 0);
    }

    /** Who reads on, however late and with whatever before it, stays. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void clientThatReadsAfterAWhileStays(int protocol) {
        try (TestNode node = TestNode.with("ping-interval", "300ms", "ping-timeout", "20s", "backlog-size", "64MB");
                Raw slow = Raw.lazyTo(node.port()).patience(Duration.ofSeconds(20))) {
            logIn(protocol, slow, node);
            fillBacklog(node);
            node.push("anna", "the last");
            assertThat(slow.hears("the last")).isTrue();
            for (int i = 0; i < 4; i++) {
                if (protocol == 3) {
                    slow.text("2");
                    assertThat(slow.frame()).isEqualTo("3");
                } else {
                    assertThat(slow.frame()).isEqualTo("2");
                    slow.text("3");
                }
            }
            assertThat(node.server().sessions()).isEqualTo(1);
        }
    }

    private static void logIn(int protocol, Raw raw, TestNode node) {
        raw.upgrade("/socket.io/?EIO=" + protocol + "&transport=websocket");
        assertThat(raw.next()).startsWith("0{");
        if (protocol == 4) {
            raw.text("40");
        }
        assertThat(raw.next()).startsWith("40");
        raw.text(LOGIN);
        await("login").until(() -> node.registry().sessionCount() == 1);
    }

    /** With more than the kernel takes, so that not even a ping leaves. */
    private static void fillBacklog(TestNode node) {
        await("a backlog").pollInterval(Duration.ofMillis(1)).until(() -> {
            node.push("anna", "x".repeat(100_000));
            return node.backlogBytes() > 4 << 20;
        });
    }
}
