package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An identity provider of the tests: signs JSON Web Tokens with ES256 and publishes its keys, unless it is not well. */
public final class Provider implements AutoCloseable {
    public static final String ISSUER = "https://issuer.example";
    public static final String AUDIENCE = "push-bridge";

    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile ECKey key = newKey();
    private volatile Mood mood = Mood.WELL;
    private volatile @Nullable String query;

    /** How it answers who asks for its keys. */
    public enum Mood {
        WELL,
        AWAY,
        /** Takes the question and never answers. */
        SILENT,
        /** Begins an answer and never ends it. */
        HALF,
        NO_KEYS,
        /** Sends to a place that is no URL. */
        MOVED,
        /** Answers with more than anybody wants to have. */
        TOO_LARGE
    }

    public Provider() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/keys", exchange -> {
            asked.incrementAndGet();
            query = exchange.getRequestURI().getRawQuery();
            answer(exchange);
        });
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String keys = new JWKSet(key.toPublicJWK()).toString();
        switch (mood) {
            case WELL -> answer(exchange, keys);
            case AWAY -> {
                exchange.sendResponseHeaders(503, -1);
                exchange.close();
            }
            case SILENT -> {}
            case HALF -> {
                exchange.sendResponseHeaders(200, 2L * keys.length());
                exchange.getResponseBody().write(keys.getBytes(UTF_8));
                exchange.getResponseBody().flush();
            }
            case NO_KEYS -> answer(exchange, "<html>We are moving</html>");
            case MOVED -> {
                exchange.getResponseHeaders().set("Location", "/moved?" + query + " and more");
                exchange.sendResponseHeaders(302, -1);
                exchange.close();
            }
            case TOO_LARGE -> answer(exchange, keys + " ".repeat(1 << 20));
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The settings of a bridge that believes this provider. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("push.auth.mode", "jwt");
        settings.put("push.auth.jwt.jwk-set-uri", keysUri());
        settings.put("push.auth.jwt.issuer", ISSUER);
        settings.put("push.auth.jwt.audience", AUDIENCE);
        settings.put("push.auth.revocation-topic", "");
        return settings;
    }

    public String keysUri() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/keys";
    }

    /** How often its keys were asked for. */
    public int asked() {
        return asked.get();
    }

    /** That of the URL by which they were asked for last. */
    public @Nullable String query() {
        return query;
    }

    public ECKey key() {
        return key;
    }

    /** Signs with a new key from now on, and publishes no other. */
    public void rotate() {
        key = newKey();
    }

    public void is(Mood now) {
        mood = now;
    }

    /** A token of somebody, for an hour. */
    public String token(String subject) {
        return token(subject, claims -> claims);
    }

    public String token(String subject, UnaryOperator<JWTClaimsSet.Builder> change) {
        return sign(key, change.apply(claims(subject)).build());
    }

    /** What a good token claims. */
    public static JWTClaimsSet.Builder claims(String subject) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .subject(subject)
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(3600)));
    }

    public static String sign(ECKey key, JWTClaimsSet claims) {
        return sign(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), key, claims);
    }

    public static String sign(JWSHeader header, ECKey key, JWTClaimsSet claims) {
        try {
            SignedJWT jwt = new SignedJWT(header, claims);
            jwt.sign(new ECDSASigner(key));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    public static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyUse(KeyUse.SIGNATURE)
                    .keyID(UUID.randomUUID().toString())
                    .generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
