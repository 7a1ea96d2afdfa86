package dev.pushbridge.testkit;

import java.util.Map;

/**
 * Where a client connects to, and how.
 *
 * @param auth handed to the bridge with the CONNECT of the namespace; of client 2.x, as the query of the namespace
 * @param forNode further options, which only the clients of Node are given
 */
public record ClientOptions(
        String url,
        String path,
        String namespace,
        Map<String, String> auth,
        Reconnection reconnection,
        Map<String, Object> forNode) {
    /** What the client does when its connection has broken. */
    public enum Reconnection {
        NONE,
        AT_ONCE
    }

    /** A port of this machine, and otherwise the clients' defaults; but no reconnection, which would hide a failure. */
    public static ClientOptions to(int port) {
        return to("http://127.0.0.1:" + port);
    }

    public static ClientOptions to(String url) {
        return new ClientOptions(url, "/socket.io", "/", Map.of(), Reconnection.NONE, Map.of());
    }

    public ClientOptions at(String newPath) {
        return new ClientOptions(url, newPath, namespace, auth, reconnection, forNode);
    }

    public ClientOptions in(String newNamespace) {
        return new ClientOptions(url, path, newNamespace, auth, reconnection, forNode);
    }

    public ClientOptions with(Map<String, String> newAuth) {
        return new ClientOptions(url, path, namespace, newAuth, reconnection, forNode);
    }

    public ClientOptions reconnecting() {
        return new ClientOptions(url, path, namespace, auth, Reconnection.AT_ONCE, forNode);
    }

    public ClientOptions forNode(Map<String, Object> options) {
        return new ClientOptions(url, path, namespace, auth, reconnection, options);
    }
}
