package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.corundumstudio.socketio.Transport;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.SocketSettings;
import io.netty.channel.EventLoopGroup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What all connections of a server share: settings in the units they are used in, endpoints, loops, books. */
final class Front {
    private final SocketSettings settings;
    private final List<Endpoint> endpoints;
    private final Loops loops;
    private final Ledger ledger;
    private final Admissions admissions;
    private final Origins origins;
    private final Proxies proxies;
    private final PacketReader packetReader;
    /** Sessions by their secret id: those that poll. A session on WebSocket can no longer be reached by its id. */
    private final Map<String, EngineSession> sessions = new ConcurrentHashMap<>();

    private final int pingInterval;
    private final int pingTimeout;

    Front(SocketSettings settings, List<Endpoint> endpoints, EventLoopGroup group, PushMetrics metrics) {
        this.settings = settings;
        this.endpoints = List.copyOf(endpoints);
        pingInterval = (int) settings.pingInterval().toMillis();
        pingTimeout = (int) settings.pingTimeout().toMillis();
        // Fine enough for a ping that is late by 2 %, coarse enough to cost nothing.
        long tickMillis = Math.max(4, Math.min(250, Math.min(pingInterval, pingTimeout) / 50));
        ledger = new Ledger(metrics);
        loops = new Loops(
                group, metrics, ledger, tickMillis, settings.totalBacklogSize().toBytes());
        proxies = new Proxies(settings.trustedProxies());
        admissions = new Admissions(settings.limits(), proxies, loops);
        origins = new Origins(settings.origins());
        packetReader = new PacketReader(settings.limits().attachments());
    }

    SocketSettings settings() {
        return settings;
    }

    /** The endpoint of a request's path, or null. */
    @Nullable Endpoint endpoint(String path) {
        String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        for (Endpoint endpoint : endpoints) {
            if (endpoint.path().equals(plain)) {
                return endpoint;
            }
        }
        return null;
    }

    Loops loops() {
        return loops;
    }

    Ledger ledger() {
        return ledger;
    }

    Admissions admissions() {
        return admissions;
    }

    Origins origins() {
        return origins;
    }

    Proxies proxies() {
        return proxies;
    }

    PacketReader packetReader() {
        return packetReader;
    }

    Map<String, EngineSession> sessions() {
        return sessions;
    }

    /** In milliseconds, as all times here. */
    int pingInterval() {
        return pingInterval;
    }

    int pingTimeout() {
        return pingTimeout;
    }

    /** For how long a client of protocol 3 may be silent (v3.md, "Timeouts"). */
    int patience() {
        return pingInterval + pingTimeout;
    }

    int requestTimeout() {
        return (int) settings.limits().requestTimeout().toMillis();
    }

    int keepAliveTimeout() {
        return (int) settings.limits().keepAliveTimeout().toMillis();
    }

    int upgradeTimeout() {
        return (int) settings.limits().upgradeTimeout().toMillis();
    }

    int maxPayload() {
        return (int) settings.maxPayload().toBytes();
    }

    /** Whether what is sent is encrypted, for each socket by itself. */
    boolean isEncrypted() {
        return settings.sslBundle() != null;
    }

    int packetsPerSecond() {
        return settings.limits().packetsPerSecond();
    }

    int backlogPackets() {
        return settings.backlogPackets();
    }

    long backlogBytes() {
        return settings.backlogSize().toBytes();
    }

    /** The handshake (v4-current.md, "Handshake"). The id needs no escape. */
    byte[] openPacket(String sid, Transport transport) {
        String upgrades = transport == Transport.POLLING ? "[\"websocket\"]" : "[]";
        return ("0{\"sid\":\"" + sid + "\",\"upgrades\":" + upgrades + ",\"pingInterval\":" + pingInterval
                        + ",\"pingTimeout\":" + pingTimeout + ",\"maxPayload\":" + maxPayload() + "}")
                .getBytes(UTF_8);
    }
}
