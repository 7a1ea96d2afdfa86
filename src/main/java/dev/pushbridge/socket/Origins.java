package dev.pushbridge.socket;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may connect, and what the browser is told (CORS), as the official server tells it with
 * {@code cors: {origin: …}} ({@code packages/engine.io/lib/server.ts} uses the package {@code cors}).
 *
 * <p>CORS only says who may read an answer. A WebSocket, and a request that needs no preflight, are not held back by it,
 * so with a list every request from another page is refused. A client that sends no {@code Origin} is no browser, and
 * the list is no matter of his.
 */
final class Origins {
    private final boolean all;
    private final Set<String> allowed;

    Origins(List<String> origins) {
        this.all = origins.contains("*");
        this.allowed = Set.copyOf(origins);
    }

    boolean allows(@Nullable String origin) {
        return all || origin == null || allowed.contains(origin);
    }

    /** Adds what an answer to this origin has. */
    void addTo(HttpHeaders answer, @Nullable String origin) {
        if (all) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            return;
        }
        answer.add(HttpHeaderNames.VARY, "Origin");
        if (origin != null && allowed.contains(origin)) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
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
