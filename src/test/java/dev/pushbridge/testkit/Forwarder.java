package dev.pushbridge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A TCP address that leads to another one as long as it is open: a broker that is not there yet, as a client sees it, or a
 * client's way to the nodes, which is cut and leads to another one afterwards. A Kafka client asks its bootstrap address
 * for the broker's own and goes there afterwards.
 */
public final class Forwarder implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private volatile String target;
    private volatile boolean isCut;
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
                    Socket client = server.accept();
                    open.add(client);
                    if (isCut) {
                        client.close();
                    } else {
                        run("forwarder-in", () -> connect(client));
                    }
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends every connection, those too that are just being made, and each new one at once, until {@link #mend}. */
    public void cut() {
        isCut = true;
        open.stream().filter(each -> each instanceof Socket).forEach(Forwarder::close);
        awaitAccepted();
    }

    /** Connections are accepted in the order in which they were made: when a last one is ended, so are all before it. */
    private void awaitAccepted() {
        try (Socket last = new Socket(InetAddress.getLoopbackAddress(), port)) {
            last.setSoTimeout(PATIENCE_MILLIS);
            int ended = last.getInputStream().read();
            if (ended >= 0) {
                throw new IllegalStateException("a connection that was cut brings " + ended);
            }
        } catch (SocketTimeoutException e) {
            throw new UncheckedIOException(e);
        } catch (IOException reset) {
            // Ended, too.
        }
    }

    /** Is whole again, and leads to this address. */
    public void mend(String newTarget) {
        target = newTarget;
        isCut = false;
    }

    @Override
    public void close() {
        open.forEach(Forwarder::close);
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Until one of the two ends; then both have. */
    private void connect(Socket client) throws IOException {
        try (client;
                Socket server = new Socket()) {
            open.add(server);
            if (isCut) {
                return;
            }
            String address = target;
            int colon = address.lastIndexOf(':');
            server.connect(new InetSocketAddress(
                    address.substring(0, colon), Integer.parseInt(address, colon + 1, address.length(), 10)));
            run("forwarder-out", () -> {
                try (client;
                        server) {
                    server.getInputStream().transferTo(client.getOutputStream());
                }
            });
            client.getInputStream().transferTo(server.getOutputStream());
        }
    }

    private static void run(String name, Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        step.run();
                    } catch (IOException closed) {
                        // One end is gone, and this thread with it.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Step {
        void run() throws IOException;
    }
}
