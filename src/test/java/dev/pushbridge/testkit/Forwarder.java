package dev.pushbridge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A TCP address that leads to another one as long as it is open: a broker that is not there yet, as a client sees it.
 * A Kafka client asks its bootstrap address for the broker's own and goes there afterwards.
 */
public final class Forwarder implements AutoCloseable {
    private volatile String target;
    private final int port;
    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();

    /** Takes an address and does not listen on it yet. */
    public Forwarder(String target) {
        this.target = target;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    /** Listens from here on. */
    public void open() {
        try {
            ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
            open.add(server);
            run("forwarder", () -> {
                while (true) {
                    connect(server.accept());
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leads new connections to another address. */
    public void leadTo(String newTarget) {
        target = newTarget;
    }

    @Override
    public void close() {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void connect(Socket client) throws IOException {
        String address = target;
        int colon = address.lastIndexOf(':');
        Socket server = new Socket();
        open.add(client);
        open.add(server);
        server.connect(new InetSocketAddress(
                address.substring(0, colon), Integer.parseInt(address, colon + 1, address.length(), 10)));
        run("forwarder-in", () -> copy(client, server));
        run("forwarder-out", () -> copy(server, client));
    }

    /** Until one of the two ends; then both have. */
    private static void copy(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        }
    }

    private static void run(String name, Copying copying) {
        Thread thread = new Thread(
                () -> {
                    try {
                        copying.run();
                    } catch (IOException closed) {
                        // One end is gone, and this thread with it.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Copying {
        void run() throws IOException;
    }
}
