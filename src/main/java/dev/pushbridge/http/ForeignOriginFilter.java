package dev.pushbridge.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses what a foreign web page makes a browser send. Browsers name the page in {@code Origin} on every request that
 * could change something (Fetch, section 3.2); producers that are not browsers send none.
 *
 * <p>Together with two other facts it keeps foreign pages out: nothing here sends CORS headers, so that no foreign page
 * reads an answer, and the doors take {@code application/json} only, which no HTML form can send.
 */
final class ForeignOriginFilter extends OncePerRequestFilter {
    /** An {@link Answer}, and nothing of the request. */
    private static final String REFUSAL =
            "{\"responseCode\":1,\"data\":\"origin: another web page (expected: none, or this bridge's own page)\"}";

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || isOwn(origin, request.getHeader(HttpHeaders.HOST))) {
            chain.doFilter(request, response);
        } else {
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            response.setContentType(MediaType.APPLICATION_JSON_VALUE);
            response.getWriter().write(REFUSAL);
        }
    }

    /** The same host and port; not the scheme, which a proxy that ends TLS has changed. */
    private static boolean isOwn(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
