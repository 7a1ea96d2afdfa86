package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.event.SessionEnd;

/**
 * The change of one session from polling to WebSocket (v4-current.md, "Upgrade"; v3.md, "Transport upgrading").
 *
 * <p>The client sends {@code 2probe} on the WebSocket and gets {@code 3probe}; it lets its last poll come back, then
 * sends {@code 5}; from then on everything is on the WebSocket. The poll comes back because {@link PollingLink} answers
 * polls with a {@code noop} while this lasts. If anything goes wrong here, the session stays on polling.
 */
final class Upgrade extends Wheel.Entry {
    private static final byte[] PROBE_ANSWER = "3probe".getBytes(US_ASCII);

    private final EngineSession session;
    private final WebSocketLink webSocket;

    Upgrade(EngineSession session, WebSocketLink webSocket) {
        this.session = session;
        this.webSocket = webSocket;
    }

    void begin() {
        Loop loop = session.loop();
        loop.wheel().set(this, loop.now() + session.front().upgradeTimeout());
    }

    void received(String packet) throws ProtocolException {
        session.countPacket();
        if (!session.isOpen() || !(session.link() instanceof PollingLink polling)) {
            fail(SessionEnd.PROTOCOL);
        } else if (packet.equals("2probe")) {
            webSocket.sendNow(PROBE_ANSWER);
            polling.probed();
        } else if (packet.equals("5") && polling.isProbed()) {
            session.loop().wheel().remove(this);
            webSocket.upgraded();
            session.upgradeTo(webSocket);
        } else {
            fail(SessionEnd.PROTOCOL);
        }
    }

    /** Gives up the WebSocket, not the session. Clients may give it up too: they go elsewhere or go on polling. */
    void fail(SessionEnd why) {
        if (why != SessionEnd.CLIENT_CLOSE && why != SessionEnd.CONNECTION_LOST) {
            session.front().ledger().refused(RequestRefusal.UPGRADE);
        }
        session.loop().wheel().remove(this);
        if (session.link() instanceof PollingLink polling) {
            polling.upgradeFailed();
        }
        webSocket.abandon(why);
    }

    @Override
    void due() {
        fail(SessionEnd.PROTOCOL);
    }
}
