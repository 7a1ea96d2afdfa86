package dev.pushbridge.socket;

import com.corundumstudio.socketio.protocol.EngineIOVersion;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may connect, and what the browser is told (CORS), as the official server tells it with
 * {@code cors: {origin: …}} ({@code packages/engine.io/lib/server.ts} uses the package {@code cors}).
 *
 * <p>CORS only says who may read an answer. A WebSocket, and a request that needs no preflight, are not held back by it,
 * so every request from another page is refused. A client that sends no {@code Origin} is no browser, and the list is no
 * matter of his. Without a list, a page may connect to the host that it came from, whatever the ports.
 */
final class Origins {
    private static final String ALL = "*";
    private static final String WILDCARD = "://*.";

    private final boolean sameHost;
    private final boolean all;
    private final Set<String> exact = new HashSet<>();
    private final List<SubDomains> subDomains = new ArrayList<>();

    Origins(List<String> origins) {
        sameHost = origins.isEmpty();
        all = origins.contains(ALL);
        for (String origin : origins) {
            int wildcard = origin.indexOf(WILDCARD);
            if (wildcard < 0) {
                exact.add(origin);
            } else {
                // The dot stays, or https://badexample.com would be a sub-domain of example.com.
                int dot = wildcard + WILDCARD.length() - 1;
                subDomains.add(new SubDomains(origin.substring(0, wildcard + "://".length()), origin.substring(dot)));
            }
        }
    }

    /** Every origin of one scheme and port whose host ends so, with something before it. */
    private record SubDomains(String scheme, String end) {
        boolean contain(String origin) {
            return origin.length() > scheme.length() + end.length()
                    && origin.startsWith(scheme)
                    && origin.endsWith(end)
                    && origin.indexOf('/', scheme.length()) < 0
                    && origin.indexOf('@') < 0;
        }
    }

    /** Whether the request comes from a page that may connect, or from no page. */
    boolean allow(HttpHeaders request) {
        List<String> named = request.getAll(HttpHeaderNames.ORIGIN);
        return all || named.isEmpty() || (named.size() == 1 && allows(named.get(0), request));
    }

    /**
     * Who may read the answer to the request: an origin, {@code *}, or null for no page.
     *
     * <p>Client 2.x polls with credentials, whether there are any or not, and a browser then takes no {@code *}. So its
     * origin is named, as its own generation of the server did. That gives nothing away: no cookie means anything here.
     */
    @Nullable String readerOf(HttpHeaders request, EngineIOVersion version) {
        if (all) {
            return version == EngineIOVersion.V3 ? request.get(HttpHeaderNames.ORIGIN, ALL) : ALL;
        }
        return allow(request) ? request.get(HttpHeaderNames.ORIGIN) : null;
    }

    private boolean allows(String origin, HttpHeaders request) {
        if (sameHost) {
            String host = hostOf(request.get(HttpHeaderNames.HOST, ""));
            return !host.isEmpty() && host.equalsIgnoreCase(hostOf(authorityOf(origin)));
        }
        return exact.contains(origin) || subDomains.stream().anyMatch(domain -> domain.contain(origin));
    }

    /** Of a web page's origin; "" of others, such as {@code null}, which stands for a page that hides its own. */
    private static String authorityOf(String origin) {
        if (origin.startsWith("https://")) {
            return origin.substring("https://".length());
        }
        return origin.startsWith("http://") ? origin.substring("http://".length()) : "";
    }

    /** Without the port. The address of IPv6 keeps its brackets. */
    private static String hostOf(String authority) {
        int colon = authority.indexOf(':', Math.max(0, authority.lastIndexOf(']')));
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    /** Adds what an answer to this reader has. */
    void addTo(HttpHeaders answer, @Nullable String reader) {
        if (!ALL.equals(reader)) {
            answer.add(HttpHeaderNames.VARY, "Origin");
        }
        if (reader != null) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, reader);
            if (!reader.equals(ALL)) {
                answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            }
        }
    }

    /** Adds what the answer to a preflight has besides: the package's default methods, and the headers asked for. */
    static void addPreflightTo(HttpHeaders answer, HttpHeaders request) {
        answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET,HEAD,PUT,PATCH,POST,DELETE");
        answer.add(HttpHeaderNames.VARY, "Access-Control-Request-Headers");
        String asked = request.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
        if (asked != null) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
}
