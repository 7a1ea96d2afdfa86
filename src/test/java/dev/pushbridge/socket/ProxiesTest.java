package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.testkit.RawSocket;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose connection it is, for the limit per address: what proxies say counts, where they are trusted. */
final class ProxiesTest {
    private static final String HANDSHAKE = "/socket.io/?EIO=4&transport=websocket";
    private static final String POLL = "/socket.io/?EIO=4&transport=polling";
    private static final String ANNA = "X-Forwarded-For: 198.51.100.7";
    private static final String BEN = "X-Forwarded-For: 198.51.100.8";

    private SocketServer server = server("trusted-proxies", "127.0.0.1");

    private static SocketServer server(String... more) {
        List<String> settings = new ArrayList<>(List.of(more));
        settings.addAll(List.of("shutdown-grace", "0s", "limits.connections-per-address", "1"));
        SocketServer server = SuiteServer.of(TestSettings.with(settings.toArray(String[]::new)));
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @ParameterizedTest(name = "{0} says {1}")
    @CsvSource(delimiter = '|', textBlock = """
            10.0.0.1  |                                       | 10.0.0.1
            10.0.0.1  | 198.51.100.7                          | 198.51.100.7
            10.0.0.1  | 1.1.1.1, 198.51.100.7                 | 198.51.100.7
            10.0.0.1  | 1.1.1.1, 198.51.100.7 , 10.0.0.2      | 198.51.100.7
            10.0.0.1  | 10.0.0.3, 10.0.0.2                    | 10.0.0.3
            10.0.0.1  | 198.51.100.7:4711                     | 198.51.100.7
            10.0.0.1  | [2001:db8::7]:4711                    | 2001:db8::7
            10.0.0.1  | 2001:db8::7                           | 2001:db8::7
            2001:db8:1::1 | 198.51.100.7                      | 198.51.100.7
            10.0.0.1  | unknown                               | 10.0.0.1
            10.0.0.1  | 198.51.100.7, localhost               | 10.0.0.1
            10.0.0.1  | 198.51.100.7,                         | 10.0.0.1
            10.1.0.1  | 198.51.100.7                          | 10.1.0.1
            """)
    void clientIsTheLastThatIsNoTrustedProxy(String peer, @Nullable String forwardedFor, String client)
            throws UnknownHostException {
        Proxies proxies = new Proxies(List.of("10.0.0.0/16", "2001:db8:1::/48"));
        HttpHeaders request = new DefaultHttpHeaders();
        if (forwardedFor != null) {
            request.set("X-Forwarded-For", forwardedFor);
        }

        assertThat(proxies.clientOf(InetAddress.getByName(peer), request)).isEqualTo(InetAddress.getByName(client));
    }

    @Test
    void clientsBehindATrustedProxyAreCountedEachForItself() {
        try (RawSocket anna = connect();
                RawSocket annaAgain = connect();
                RawSocket ben = connect()) {
            assertThat(anna.upgrade(HANDSHAKE, ANNA).status()).isEqualTo(101);
            assertThat(annaAgain.upgrade(HANDSHAKE, ANNA).status()).isEqualTo(503);
            assertThat(ben.upgrade(HANDSHAKE, BEN).status()).isEqualTo(101);
        }
        await().untilAsserted(() -> {
            try (RawSocket anna = connect()) {
                assertThat(anna.upgrade(HANDSHAKE, ANNA).status()).isEqualTo(101);
            }
        });
    }

    @Test
    void addressThatTheClientWroteItselfDoesNotHelpIt() {
        try (RawSocket anna = connect();
                RawSocket disguised = connect()) {
            assertThat(anna.upgrade(HANDSHAKE, ANNA).status()).isEqualTo(101);
            assertThat(disguised
                            .upgrade(HANDSHAKE, "X-Forwarded-For: 203.0.113.99, 198.51.100.7")
                            .status())
                    .isEqualTo(503);
        }
    }

    @Test
    void connectionOfTheProxyServesOneClientAfterTheOther() {
        try (RawSocket shared = connect();
                RawSocket other = connect()) {
            String sid = "&sid=" + Raw.idIn(body(shared.get(POLL, ANNA)));
            assertThat(body(shared.get(POLL, BEN))).contains("\"sid\"");
            assertThat(body(other.request("POST", POLL + sid, "40", ANNA))).isEqualTo("ok");
        }
    }

    /** Also where none of them has a connection at the moment. */
    @Test
    void sessionsBehindATrustedProxyAreCountedForTheirClients() {
        try (RawSocket shared = connect()) {
            String sid = "&sid=" + Raw.idIn(body(shared.get(POLL, ANNA)));
            assertThat(body(shared.get(POLL, ANNA))).contains("Too many connections");
            assertThat(body(shared.get(POLL, BEN))).contains("\"sid\"");
            assertThat(body(shared.request("POST", POLL + sid, "1", ANNA))).isEqualTo("ok");
            assertThat(body(shared.get(POLL, ANNA))).contains("\"sid\"");
        }
    }

    /** Whoever sends more behind the request for a WebSocket is closed, and may be so on the way to the session's loop. */
    @Test
    void connectionThatIsClosedBetweenTwoLoopsLeavesItsPlace() {
        server.stop();
        server = server("trusted-proxies", "127.0.0.1", "event-loops", "2");
        try (Raw first = Raw.to(server.port());
                Raw second = Raw.to(server.port())) {
            String sid = "&sid="
                    + Raw.idIn(first.request("GET", POLL, "", ANNA).answer().body());
            second.send(Raw.upgradeRequest(HANDSHAKE + sid, ANNA) + "x\r\n\r\n");
            assertThat(second.isClosed()).isTrue();

            await().untilAsserted(() -> assertThat(first.request("POST", POLL + sid, "40", ANNA)
                            .answer()
                            .body())
                    .isEqualTo("ok"));
        }
    }

    /** It is the operator's mistake, and is to be noticed. */
    @Test
    void trustedProxyThatNamesNobodyIsOneClient() {
        try (RawSocket anna = connect();
                RawSocket ben = connect()) {
            assertThat(anna.upgrade(HANDSHAKE).status()).isEqualTo(101);
            assertThat(ben.upgrade(HANDSHAKE).status()).isEqualTo(503);
        }
    }

    private static String body(RawSocket answered) {
        String head = answered.head();
        int length = Integer.parseInt(head.replaceFirst("(?s).*content-length: (\\d+).*", "$1"));
        return answered.read(length);
    }

    @Test
    void proxyThatIsNotTrustedIsOneClient() {
        server.stop();
        server = server();
        try (RawSocket anna = connect()) {
            assertThat(anna.upgrade(HANDSHAKE, ANNA).status()).isEqualTo(101);
            try (RawSocket ben = connect()) {
                assertThat(ben.upgrade(HANDSHAKE, BEN).status()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // "PROXY TCP4 198.51.100.7 203.0.113.1 5555 4001\r\n"
                "50524f58592054435034203139382e35312e3130302e37203230332e302e3131332e31203535353520343030310d0a",
                // version 2: signature, PROXY, TCP over IPv4, 12 bytes: both addresses, both ports
                "0d0a0d0a000d0a515549540a2111000cc6336407cb00710115b30fa1"
            })
    void proxyProtocolOfATrustedProxyNamesTheClient(String header) {
        byte[] anna = HexFormat.of().parseHex(header);
        try (RawSocket first = connect();
                RawSocket second = connect();
                RawSocket ben = connect()) {
            assertThat(first.send(anna).upgrade(HANDSHAKE).status()).isEqualTo(101);
            assertThat(second.send(anna).upgrade(HANDSHAKE).status()).isZero();
            // Whoever is behind this connection is named already; his own word counts for nothing.
            assertThat(ben.send("PROXY TCP4 198.51.100.8 203.0.113.1 5555 4001\r\n")
                            .upgrade(HANDSHAKE, ANNA)
                            .status())
                    .isEqualTo(101);
        }
    }

    @Test
    void proxyProtocolThatCannotBeReadEndsTheConnection() {
        try (RawSocket proxy = connect()) {
            assertThat(proxy.send("PROXY TCP9 somewhere\r\n").get(POLL).status())
                    .isZero();
        }
    }

    @Test
    void proxyProtocolOfAnybodyElseIsNoHttp() {
        server.stop();
        server = server();
        try (RawSocket stranger = connect()) {
            assertThat(stranger.send("PROXY TCP4 198.51.100.7 203.0.113.1 5555 4001\r\n")
                            .get(POLL)
                            .status())
                    .isEqualTo(400);
        }
    }

    private RawSocket connect() {
        return RawSocket.open(server.port());
    }
}
