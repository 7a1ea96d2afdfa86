package dev.pushbridge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.RawSocket;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a scanner looks for on the HTTP ports. */
final class SecurityHeadersIT {
    @RegisterExtension
    static final Bridge bridge = Bridge.onNewTopic(Map.of("push.page.enabled", true, "push.api.enabled", true));

    @ParameterizedTest
    @ValueSource(strings = {"/actuator/health", "/actuator/prometheus", "/actuator/nothing", "/"})
    void managementPortTellsBrowsersToDoNothingWithItsAnswers(String path) {
        assertThat(headers(bridge.managementPort(), path)).satisfies(SecurityHeadersIT::hasWhatEveryAnswerHas);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/main.js", "/page/where", "/api", "/nothing"})
    void pagesPortTellsThemToo(String path) {
        assertThat(headers(bridge.webPort(), path)).satisfies(SecurityHeadersIT::hasWhatEveryAnswerHas);
    }

    private static void hasWhatEveryAnswerHas(String headers) {
        assertThat(headers)
                .containsOnlyOnce("content-security-policy: default-src 'none';")
                .contains("frame-ancestors 'none'")
                .contains("x-content-type-options: nosniff")
                .contains("x-frame-options: deny")
                .contains("referrer-policy: no-referrer")
                .contains("cross-origin-resource-policy: same-origin")
                .contains("permissions-policy: ")
                .contains("cache-control: no-")
                .doesNotContain("\r\nserver:")
                .doesNotContain("x-powered-by")
                // Over plain HTTP it would be ignored, and say nothing.
                .doesNotContain("strict-transport-security");
    }

    @Test
    void managementPortRefusesWhatAForeignPageAsks() {
        try (RawSocket browser = RawSocket.open(bridge.managementPort())) {
            assertThat(browser.get("/actuator/health", "Origin: https://evil.example")
                            .status())
                    .isEqualTo(403);
        }
    }

    /** Another address of this machine stands for the outside. */
    @Test
    void managementPortIsClosedToTheOutside() {
        assertThatThrownBy(() -> new Socket(
                                InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), bridge.managementPort())
                        .close())
                .isInstanceOf(ConnectException.class);
    }

    private static String headers(int port, String path) {
        try (RawSocket scanner = RawSocket.open(port)) {
            return scanner.get(path).head().toLowerCase(Locale.ROOT);
        }
    }
}
