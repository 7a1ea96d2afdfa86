package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pushbridge.metrics.Meters;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.RawSocket;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The Socket.IO port over TLS: a certificate in PEM, of a CA that is made for the test, renewed while clients are here. */
@ExtendWith(OutputCaptureExtension.class)
final class TlsIT {
    @TempDir
    private Path directory;

    private final X509Bundle authority = authority();
    private Bridge bridge;

    @BeforeEach
    void start() throws IOException {
        X509Bundle first = certificate("first");
        write(first.getCertificatePathPEM(), first.getPrivateKeyPEM());
        bridge = Bridge.onNewTopic(Map.of(
                "push.socket.ssl-bundle",
                "sockets",
                "spring.ssl.bundle.pem.sockets.reload-on-update",
                true,
                "spring.ssl.bundle.watch.file.quiet-period",
                "200ms",
                "spring.ssl.bundle.pem.sockets.keystore.certificate",
                "file:" + directory.resolve("tls.crt"),
                "spring.ssl.bundle.pem.sockets.keystore.private-key",
                "file:" + directory.resolve("tls.key")));
        bridge.start();
    }

    @AfterEach
    void stop() {
        bridge.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "polling", "polling websocket"})
    void stockClientIsPushedToOverTls(String transports) {
        Client client = open(transports);
        client.login("anna");

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"over TLS\"}");

        assertThat(client.nextPush().path("data").asString()).isEqualTo("over TLS");
    }

    @Test
    void renewedCertificateServesNewConnectionsAndOpenOnesStay(CapturedOutput output) throws Exception {
        Client client = open("websocket");
        client.login("anna");
        assertThat(subject()).isEqualTo("CN=first");

        X509Bundle second = certificate("second");
        write(second.getCertificatePathPEM(), second.getPrivateKeyPEM());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(subject()).isEqualTo("CN=second"));

        bridge.topic().send("{\"tokens\":[\"anna\"],\"data\":\"still here\"}");
        assertThat(client.nextPush().path("data").asString()).isEqualTo("still here");

        write("-----BEGIN CERTIFICATE-----\nno certificate\n-----END CERTIFICATE-----\n", second.getPrivateKeyPEM());
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(output).contains("Unexpected SSL reload error"));
        assertThat(subject()).isEqualTo("CN=second");
        assertThat(output).doesNotContain("PRIVATE KEY").doesNotContain(keyText(second));
    }

    @Test
    void plainHttpIsCountedAndClosedWithoutAStackTrace(CapturedOutput output) {
        try (RawSocket plain = RawSocket.open(bridge.socketPort())) {
            plain.get("/socket.io/?EIO=4&transport=polling");
            assertThat(plain.rest()).doesNotContain("HTTP/1.1");
        }
        bridge.await(Meters.REQUESTS_REFUSED, "tls", 1);
        assertThat(output).doesNotContain("NotSslRecordException");
    }

    @Test
    void oldTlsIsRefused() throws Exception {
        try (SSLSocket old = connect()) {
            old.setEnabledProtocols(new String[] {"TLSv1.2"});
            old.setEnabledCipherSuites(new String[] {"TLS_RSA_WITH_AES_128_CBC_SHA"});
            assertThatThrownBy(old::startHandshake).isInstanceOf(IOException.class);
        }
        bridge.await(Meters.REQUESTS_REFUSED, "tls", 1);
    }

    private Client open(String transports) {
        Client client = bridge.begin(
                ClientKind.NODE_4_WEBSOCKET,
                "https://127.0.0.1:" + bridge.socketPort(),
                Map.of("ca", authority.getRootCertificatePEM(), "transports", transports.split(" ")));
        String ignored = client.id();
        return client;
    }

    private String subject() throws Exception {
        try (SSLSocket socket = connect()) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private SSLSocket connect() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.toTrustManager()}, new SecureRandom());
        return (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), bridge.socketPort());
    }

    private void write(String certificate, String key) throws IOException {
        Files.writeString(directory.resolve("tls.key"), key);
        Files.writeString(directory.resolve("tls.crt"), certificate);
    }

    private static String keyText(X509Bundle bundle) {
        return bundle.getPrivateKeyPEM().lines().skip(1).findFirst().orElseThrow();
    }

    private X509Bundle certificate(String name) {
        try {
            return builder("CN=" + name).addSanIpAddress("127.0.0.1").buildIssuedBy(authority);
        } catch (Exception e) { // declared so by Netty
            throw new AssertionError(e);
        }
    }

    private static X509Bundle authority() {
        try {
            return builder("CN=authority").setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) { // declared so by Netty
            throw new AssertionError(e);
        }
    }

    private static CertificateBuilder builder(String subject) {
        return new CertificateBuilder()
                .ecp256()
                .subject(subject)
                .notBefore(Instant.now().minusSeconds(60))
                .notAfter(Instant.now().plusSeconds(3600));
    }
}
