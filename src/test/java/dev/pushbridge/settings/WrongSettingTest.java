package dev.pushbridge.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** What an operator reads after a slip of the pen. */
@ExtendWith(OutputCaptureExtension.class)
final class WrongSettingTest {
    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
                    push.socket.port             | 70000        | push.socket.port: 70000 (expected: 0 to 65535)
                    push.socket.path             | socket.io    | push.socket.path: socket.io (expected: a path such as
                    push.socket.event-loops      | 257          | push.socket.event-loops: 257 (expected: 0 to 256)
                    push.socket.ping-interval    | 99ms         | push.socket.ping-interval: PT0.099S (expected:
                    push.socket.max-payload      | 1B           | push.socket.max-payload: 1B (expected:
                    push.socket.origins          | example.com  | push.socket.origins: [example.com] (expected: * or origins as
                    push.socket.origins          | http://a:80  | push.socket.origins: [http://a:80] (expected: * or origins as
                    push.socket.origins          | https://a/b  | push.socket.origins: [https://a/b] (expected: * or origins as
                    push.socket.origins          | *,https://a  | push.socket.origins: [*, https://a] (expected: * or origins as
                    push.socket.trusted-proxies  | 10.0.0.0/33  | push.socket.trusted-proxies: 10.0.0.0/33 (expected: an address
                    push.socket.trusted-proxies  | proxy        | push.socket.trusted-proxies: proxy (expected: an address or a
                    push.socket.trusted-proxies  | 10.0.0.256   | push.socket.trusted-proxies: 10.0.0.256 (expected: an address
                    push.auth.mode               | jwt          | push.auth.mode: jwt with 0 sources of keys (expected: jwt with
                    push.auth.jwt.jwk-set-uri    | http://a/k   | push.auth.mode: trust with 1 sources of keys (expected: jwt
                    push.auth.jwt.jwk-set-uri    | file:///k    | push.auth.jwt.jwk-set-uri: file:///k (expected: a URL of http
                    push.auth.jwt.public-key-file| /no/such/key | push.auth.jwt.public-key-file: /no/such/key (expected: a file
                    push.auth.jwt.secret         | too-short    | push.auth.jwt.secret: 9 bytes (expected: 32 or more for HS256)
                    push.auth.jwt.algorithms     | none         | push.auth.jwt.algorithms: [none] (expected: of [ES256, ES384,
                    push.auth.jwt.algorithms     | HS256        | push.auth.jwt.algorithms: [HS256] (expected: of [ES256, ES384,
                    push.auth.jwt.clock-skew     | 6m           | push.auth.jwt.clock-skew: PT6M (expected: PT0S to PT5M)
                    push.auth.revocation-topic   | a b          | push.auth.revocation-topic: a b (expected: 1 to 249 of
                    push.kafka.topic             | likes & more | push.kafka.topic: likes & more (expected: 1 to 249 of
                    push.kafka.dead-letter-topic | push.events  | push.kafka.dead-letter-topic: push.events (expected: another
                    push.kafka.max-record-size   | 17MB         | push.kafka.max-record-size: 17825792B (expected:
                    """)
    void wrongValueStopsTheStartAndSaysWhatWasExpected(
            String name, String value, String message, CapturedOutput output) {
        assertThatThrownBy(() -> start("--" + name + "=" + value)).isInstanceOf(RuntimeException.class);
        assertThat(output).contains(message);
    }

    @Test
    void valueOfTheWrongKindStopsTheStart(CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.socket.ping-interval=soon")).isInstanceOf(RuntimeException.class);
        assertThat(output).contains("push.socket.ping-interval").contains("soon");
    }

    @Test
    void choiceThatDoesNotExistStopsTheStartAndShowsTheChoices(CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.validation=strict")).isInstanceOf(RuntimeException.class);
        assertThat(output)
                .contains("push.validation")
                .contains("strict")
                .contains("ENVELOPE")
                .contains("FULL");
    }

    @Test
    void acknowledgementsWithoutCursorsStopTheStart(CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.undelivered.taken-by=acknowledgement", "--push.resume.enabled=false"))
                .isInstanceOf(RuntimeException.class);
        assertThat(output)
                .contains(
                        "push.undelivered.taken-by: acknowledgement (expected: session, or push.resume.enabled: true");
    }

    @Test
    void nameThatDoesNotExistStopsTheStart(CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.socket.prot=4001")).isInstanceOf(RuntimeException.class);
        assertThat(output).contains("push.socket.prot").contains("4001");
    }

    /** Nobody could log in with it. */
    @ParameterizedTest
    @CsvSource({"HS512, 64", "'HS256,HS384', 48"})
    void secretThatIsShorterThanItsHashStopsTheStart(String algorithms, int bytes, CapturedOutput output) {
        String secret = "marked-secret-of-exactly-32-byte";
        assertThatThrownBy(() -> start(
                        "--push.auth.mode=jwt",
                        "--push.auth.jwt.secret=" + secret,
                        "--push.auth.jwt.algorithms=" + algorithms))
                .isInstanceOf(RuntimeException.class);
        assertThat(output)
                .contains("push.auth.jwt.secret: 32 bytes (expected: " + bytes + " or more for HS")
                .doesNotContain(secret);
    }

    @Test
    void secretWithPublicAlgorithmsStopsTheStart(CapturedOutput output) {
        String secret = "marked-secret-of-more-than-32-bytes";
        assertThatThrownBy(() -> start(
                        "--push.auth.mode=jwt",
                        "--push.auth.jwt.secret=" + secret,
                        "--push.auth.jwt.algorithms=RS256,HS256"))
                .isInstanceOf(RuntimeException.class);
        assertThat(output)
                .contains("push.auth.jwt.algorithms: [RS256, HS256] (expected: of [HS256, HS384, HS512], because")
                .doesNotContain(secret);
    }

    /** What is next to a secret's name may be the secret. */
    @Test
    void slipInTheNameOfASecretDoesNotShowIt(CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.auth.jwt.secrett=marked-secret")).isInstanceOf(RuntimeException.class);
        assertThat(output).contains("push.auth.jwt.secrett").doesNotContain("marked-secret");
    }

    /** Its query and its user may be secrets, also where it is no good. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://marked:marked@a/k?sig=marked",
                "https://marked:marked@a/k?sig=marked",
                "https://marked:marked@a_b/k?sig=marked",
                "https:marked:marked@a?sig=marked",
                "https://[marked/k?sig=marked",
                "https://a:b/k?sig=marked",
                "https:/marked:marked@a/k",
                "marked-marked:marked@a/k",
                "https://marked:m/marked@a/k",
            })
    void urlThatIsNotTakenDoesNotShowItsSecrets(String url, CapturedOutput output) {
        assertThatThrownBy(() -> start("--push.auth.mode=jwt", "--push.auth.jwt.jwk-set-uri=" + url))
                .isInstanceOf(RuntimeException.class);
        assertThat(output)
                .contains("push.auth.jwt.jwk-set-uri")
                .contains("expected: ")
                .doesNotContain("marked");
    }

    @Test
    void everyDefaultIsAllowed() {
        try (ConfigurableApplicationContext context = start()) {
            assertThat(context.getBean(PushSettings.class).socket().port()).isEqualTo(4001);
        }
    }

    private static ConfigurableApplicationContext start(String... arguments) {
        return new SpringApplicationBuilder(OnlySettings.class)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .run(arguments);
    }

    @SpringBootConfiguration
    @EnableConfigurationProperties(PushSettings.class)
    static class OnlySettings {}
}
