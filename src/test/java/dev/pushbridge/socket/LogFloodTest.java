package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.testkit.Logs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A flood of bad input is one line a second and reason, as a sum, and nothing of what was sent is in it. */
final class LogFloodTest {
    private static final int TIMES = 60;
    /** Would show wherever something of the input got into the log. */
    private static final String MARK = "MARK4711";

    private static final Pattern SUM = Pattern.compile("(?:Refused requests|Ended sessions): (\\d+) \\((\\w+)\\)");

    @Test
    void floodIsSummedAndQuotesNobody() {
        try (TestNode node = TestNode.with("max-payload", "1KB", "limits.packets-per-second", "20");
                Logs logs = Logs.copied()) {
            long begin = System.nanoTime();
            for (int i = 0; i < TIMES; i++) {
                flood(node.port());
            }
            node.awaitNobody();
            await("the sums").atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                Map<String, Long> sums = sums(logs.lines());
                for (RequestRefusal refusal : RequestRefusal.values()) {
                    assertThat(sums.getOrDefault(refusal.word(), 0L)).isEqualTo(node.refused(refusal));
                }
                assertThat(sums.get(SessionEnd.PROTOCOL.word())).isEqualTo(2 * TIMES);
                assertThat(sums.get(SessionEnd.NOT_UTF8.word())).isEqualTo(TIMES);
                assertThat(sums.get(SessionEnd.TOO_LARGE.word())).isEqualTo(TIMES);
            });
            long seconds = (System.nanoTime() - begin) / 1_000_000_000;
            assertThat(lines(logs.lines()))
                    .allSatisfy((reason, lines) -> assertThat(lines).isLessThanOrEqualTo(seconds + 2));
            assertThat(logs.lines()).noneMatch(line -> line.contains(MARK));
            assertThat(node.refused(RequestRefusal.PATH)).isEqualTo(TIMES);
        }
    }

    private static void flood(int port) {
        Raw.ask(port, "GET", "/" + MARK, "Cookie: " + MARK, "User-Agent: " + MARK);
        Raw.ask(port, "GET", "/socket.io/?EIO=4&transport=" + MARK);
        Raw.ask(port, "GET", Raw.POLLING + "&sid=" + MARK);
        Raw.ask(port, MARK, Raw.POLLING);
        Raw.post(port, Raw.POLLING, MARK.repeat(200));
        Raw.post(port, Raw.POLLING + Raw.poller(port), MARK);
        say(port, ("42[\"" + MARK + "\",{").getBytes(UTF_8));
        say(port, MARK.repeat(200).getBytes(UTF_8));
        say(port, (MARK + "\u00c0").getBytes(ISO_8859_1));
        try (Raw raw = Raw.to(port)) {
            raw.send("\u0000" + MARK + "\r\n\r\n").answer();
        }
        try (Raw raw = Raw.connected(port)) {
            raw.text("421[\"user_login\",{\"tokenId\":[\"" + MARK + "\"]}]").next();
            raw.text("1").isClosed();
        }
    }

    private static void say(int port, byte[] packet) {
        try (Raw raw = Raw.connected(port)) {
            assertThat(raw.frame(0x81, packet).next()).startsWith("<close");
        }
    }

    private static Map<String, Long> sums(List<String> lines) {
        return lines.stream()
                .map(SUM::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.groupingBy(
                        line -> line.group(2), Collectors.summingLong(line -> Long.parseLong(line.group(1)))));
    }

    private static Map<String, Long> lines(List<String> lines) {
        return lines.stream()
                .map(SUM::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.groupingBy(line -> line.group(2), Collectors.counting()));
    }
}
