package dev.pushbridge.socket;

import com.corundumstudio.socketio.Transport;
import com.corundumstudio.socketio.protocol.EngineIOVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request's URL says (v4-current.md, "Query parameters"; v3.md, "URLs").
 *
 * @param transport null for none that we know
 * @param sid null for a handshake
 * @param supportsBinary whether a client of protocol 3 takes bytes: it has not said {@code b64}
 */
record EngineRequest(
        String path,
        @Nullable Transport transport,
        EngineIOVersion version,
        @Nullable String sid,
        boolean supportsBinary,
        boolean isJsonp) {
    private static final int MAX_PARAMETERS = 64;

    /** Null for a URL that cannot be read. */
    static @Nullable EngineRequest of(String uri) {
        try {
            QueryStringDecoder decoder = new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MAX_PARAMETERS);
            Map<String, List<String>> parameters = decoder.parameters();
            String sid = first(parameters, "sid");
            return new EngineRequest(
                    decoder.path(),
                    transport(first(parameters, "transport")),
                    EngineIOVersion.fromValue(first(parameters, EngineIOVersion.EIO)),
                    sid.isEmpty() ? null : sid,
                    !parameters.containsKey("b64"),
                    parameters.containsKey("j"));
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private static String first(Map<String, List<String>> parameters, String name) {
        List<String> values = parameters.get(name);
        return values == null ? "" : values.get(0);
    }

    private static @Nullable Transport transport(String name) {
        return switch (name) {
            case "polling" -> Transport.POLLING;
            case "websocket" -> Transport.WEBSOCKET;
            default -> null;
        };
    }
}
