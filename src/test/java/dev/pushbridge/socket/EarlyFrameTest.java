package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.SessionEnd;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames of a WebSocket that come in one piece with the request for it. No client that keeps to RFC 6455 (section 4.1) sends
 * them; nothing is left behind of those who do.
 */
final class EarlyFrameTest {
    private static final String POLLING_3 = "/socket.io/?EIO=3&transport=polling&b64=1";
    private static final String WEBSOCKET_3 = "/socket.io/?EIO=3&transport=websocket";

    private static final String LOGIN = "420[\"user_login\",{\"tokenId\":\"anna\"}]";

    private @Nullable TestNode node;

    @AfterEach
    void close() {
        node().awaitNobody();
        await("nothing to be kept").until(() -> node().kept() == 0);
        assertThat(node().ended(SessionEnd.INTERNAL)).as("faults of ours").isZero();
        node().close();
    }

    private TestNode node() {
        return requireNonNull(node);
    }

    /** What is no probe ends the upgrade, and not the session, whose loop may be that of the new connection or another. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void upgradeThatFailsAtOnceLeavesTheSessionAsItIs(String loops) {
        node = TestNode.with("event-loops", loops);
        String url = Raw.POLLING + Raw.poller(node().port());
        failAnUpgrade(Raw.WEBSOCKET, url);

        Raw.post(node().port(), url, "40");

        assertThat(Raw.ask(node().port(), "GET", url).body()).startsWith("40{");
        Raw.post(node().port(), url, "1");
    }

    /** In protocol 3 to open is to connect, and a second socket in place of the first would leave its login behind. */
    @Test
    void upgradeThatFailsAtOnceLeavesNoLoginBehind() {
        node = TestNode.with("event-loops", "1");
        String url = POLLING_3 + "&sid="
                + Raw.idIn(Raw.ask(node().port(), "GET", POLLING_3).body());
        post3(url, LOGIN);
        await().until(() -> node().push("anna", "hello") == 1);
        failAnUpgrade(WEBSOCKET_3, url);
        post3(url, LOGIN);
        assertThat(Raw.ask(node().port(), "GET", url).status()).isEqualTo(200);

        post3(url, "1");
    }

    @Test
    void upgradeInOnePieceGoesOverWithoutASecondHandshake() {
        node = TestNode.with("event-loops", "1");
        String url = Raw.POLLING + Raw.poller(node().port());
        try (Raw webSocket = node().connect()) {
            webSocket.upgradeAnd(texts("2probe", "5", "40"), Raw.WEBSOCKET + sidOf(url));

            assertThat(webSocket.next()).isEqualTo("3probe");
            assertThat(webSocket.next()).startsWith("40{");
            assertThat(webSocket.text(LOGIN).next()).startsWith("430[");
        }
    }

    /** In protocol 3 nobody asks to connect, and the handshake comes a little after the answer to the request. */
    @ParameterizedTest
    @CsvSource({"4, 40", "3, ''"})
    void whoSpeaksAtOnceIsAnsweredBehindTheHandshake(int version, String connect) {
        node = TestNode.with();
        try (Raw raw = node().connect()) {
            String[] packets = connect.isEmpty() ? new String[] {LOGIN} : new String[] {connect, LOGIN};
            raw.upgradeAnd(texts(packets), version == 3 ? WEBSOCKET_3 : Raw.WEBSOCKET);

            assertThat(raw.next()).startsWith("0{");
            assertThat(raw.next()).startsWith("40");
            assertThat(raw.next()).startsWith("430[");
        }
    }

    private void failAnUpgrade(String target, String url) {
        try (Raw webSocket = node().connect()) {
            webSocket.send(Raw.upgradeRequest(target + sidOf(url)) + texts("x"));
            assertThat(webSocket.isClosed()).isTrue();
        }
    }

    private void post3(String url, String packet) {
        assertThat(Raw.post(node().port(), url, packet.length() + ":" + packet).status())
                .isEqualTo(200);
    }

    private static String sidOf(String url) {
        return url.substring(url.indexOf("&sid="));
    }

    /** As text frames, in Latin-1. */
    private static String texts(String... packets) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (String packet : packets) {
            frames.writeBytes(Raw.frameBytes(0x81, packet.getBytes(UTF_8)));
        }
        return frames.toString(ISO_8859_1);
    }
}
