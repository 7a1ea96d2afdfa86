package dev.pushbridge.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;

/** A client that polls and shows the bodies as they came over the wire. */
final class Poller {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int PATIENCE_SECONDS = 10;

    private final int port;
    private final String pathAndQuery;

    private Poller(int port, String pathAndQuery) {
        this.port = port;
        this.pathAndQuery = pathAndQuery;
    }

    /** Does the handshake. */
    static Poller open(int port, String pathAndQuery) {
        HttpResponse<String> opened = send(port, "GET", pathAndQuery, "");
        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(200);
        String open = opened.body().substring(opened.body().indexOf('{'));
        return new Poller(
                port, pathAndQuery + "&sid=" + Json.parse(open).path("sid").asString());
    }

    /** Any request, answered. */
    static HttpResponse<String> send(int port, String method, String pathAndQuery, String body) {
        return within(HTTP.sendAsync(request(port, method, pathAndQuery, body), BodyHandlers.ofString(UTF_8)));
    }

    /** The path and query of the session's requests. */
    String pathAndQuery() {
        return pathAndQuery;
    }

    HttpResponse<String> get() {
        return within(begin());
    }

    /** A poll whose answer is waited for elsewhere. */
    CompletableFuture<HttpResponse<String>> begin() {
        return HTTP.sendAsync(request(port, "GET", pathAndQuery, ""), BodyHandlers.ofString(UTF_8));
    }

    /** The body of a poll. */
    String poll() {
        HttpResponse<String> answer = get();
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    byte[] pollBytes() {
        HttpResponse<byte[]> answer =
                within(HTTP.sendAsync(request(port, "GET", pathAndQuery, ""), BodyHandlers.ofByteArray()));
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    HttpResponse<String> post(String body) {
        return send(port, "POST", pathAndQuery, body);
    }

    static <T> T within(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_SECONDS, SECONDS).join();
    }

    private static HttpRequest request(int port, String method, String pathAndQuery, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }
}
