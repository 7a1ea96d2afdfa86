package dev.pushbridge.benchmark;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The clients of the load run, in a process of their own that is {@link Commanded}: WebSockets on one event loop, each
 * logged in under the token of its number.
 */
final class Clients {
    /** Handshakes under way at a time. */
    private static final int IN_FLIGHT = 100;
    /** Connections from one address of this machine: fewer than it has ports, also with those that were closed a minute ago. */
    private static final int PER_ADDRESS = 1000;

    private static final int PATIENCE_SECONDS = 120;

    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final int port;
    /** The loop's alone, as everything below. */
    private final List<Channel> channels = new ArrayList<>();

    private final Map<Integer, String> cursors = new HashMap<>();
    private boolean leaving;

    private final Histogram latencies = Latency.histogram();
    private CountDownLatch loggedIn = new CountDownLatch(0);
    private int toOpen;
    private int opened;
    private long received;
    private long sentAtSum;

    private Clients(int port) {
        this.port = port;
        boolean epoll = Epoll.isAvailable();
        loop = new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory())
                .next();
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {}
                });
    }

    public static void main(String[] arguments) throws Exception {
        Clients clients = new Clients(Integer.parseInt(arguments[0]));
        Commanded.serve(clients::answer);
        Runtime.getRuntime().halt(0); // as a browser goes that is closed
    }

    private String answer(String[] command) throws Exception {
        return switch (command[0]) {
            case "open" -> open(Integer.parseInt(command[1]));
            case "leave" -> loop.submit(this::leave).get();
            case "come-back" -> comeBack();
            case "reset" -> loop.submit(this::reset).get();
            case "received" -> loop.submit(() -> String.valueOf(received)).get();
            case "sum" -> loop.submit(() -> String.valueOf(sentAtSum)).get();
            case "latency" -> loop.submit(() -> Latency.of(latencies).line()).get();
            default -> throw new IOException("unknown command: " + command[0]);
        };
    }

    /** Opens so many more connections and answers when all are logged in. */
    private String open(int count) throws InterruptedException, IOException {
        loggedIn = new CountDownLatch(count);
        loop.execute(() -> {
            toOpen += count;
            for (int i = 0; i < Math.min(IN_FLIGHT, count); i++) {
                openNext();
            }
        });
        if (!loggedIn.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(loggedIn.getCount() + " of " + count + " connections did not log in");
        }
        return String.valueOf(channels.size());
    }

    /** All connections are closed, as those of a network that is gone. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private String leave() {
        leaving = true;
        channels.forEach(Channel::close);
        channels.clear();
        return "";
    }

    /** Everybody comes back at once, with the cursor of the login; answers when all are logged in. */
    private String comeBack() throws InterruptedException, IOException {
        loggedIn = new CountDownLatch(cursors.size());
        loop.execute(() -> {
            received = 0;
            toOpen = opened;
            leaving = false;
            cursors.forEach(this::connect);
        });
        if (!loggedIn.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(loggedIn.getCount() + " did not come back");
        }
        return String.valueOf(channels.size());
    }

    private String reset() {
        received = 0;
        sentAtSum = 0;
        latencies.reset();
        return "";
    }

    private void openNext() {
        if (opened == toOpen) {
            return;
        }
        connect(opened++, null);
    }

    private void connect(int number, @Nullable String cursor) {
        InetSocketAddress from = new InetSocketAddress(loopback(1 + number / PER_ADDRESS), 0);
        bootstrap
                .clone()
                .handler(new ClientSocket(this, number, cursor))
                .connect(new InetSocketAddress(loopback(0), port), from)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        fail(connected.cause());
                    }
                });
    }

    /** 127.0.0.1, 127.0.1.1 and so on: Linux takes all of 127.0.0.0/8 for itself. */
    private static InetAddress loopback(int index) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, (byte) index, 1});
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /** A client that fails makes the run worthless. */
    void fail(Throwable cause) {
        cause.printStackTrace();
        Runtime.getRuntime().halt(1);
    }

    boolean isLeaving() {
        return leaving;
    }

    void loggedIn(Channel channel, int number, String cursor) {
        channels.add(channel);
        cursors.put(number, cursor);
        loggedIn.countDown();
        openNext();
    }

    void received(byte[] packet, int length) {
        received++;
        long sentAt = Latency.sentAtMicros(packet, length);
        if (sentAt >= 0) {
            sentAtSum += sentAt;
            latencies.recordValue(Math.max(0, Latency.nowMicros() - sentAt));
        }
    }
}
