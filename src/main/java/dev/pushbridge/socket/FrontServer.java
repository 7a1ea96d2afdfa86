package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;

import com.corundumstudio.socketio.AckCallback;
import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOChannelInitializer;
import com.corundumstudio.socketio.SocketIOServer;
import com.corundumstudio.socketio.protocol.AckArgs;
import com.corundumstudio.socketio.protocol.JsonSupport;
import dev.pushbridge.event.RequestRefusal;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.settings.SocketSettings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.util.ResourceLeakDetector;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * netty-socketio's server with our front in it.
 *
 * <p>From the library come the server's life (bootstrap, event loops, native epoll), its configuration, and the words of
 * the protocol ({@code EngineIOVersion}, {@code PacketType}, {@code Transport}). Its handlers are left out, by the door
 * that it has for this, {@link #setPipelineFactory}: they lose packets, leak, and let sessions be taken over.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of it is heard through the channel
final class FrontServer extends SocketIOServer {
    /**
     * Connections that the kernel may hold until they are accepted, as far as the system's own bound goes. When all clients
     * of a node that ended come at once, each one over it would wait a second for its next try.
     */
    private static final int ACCEPT_BACKLOG = 16384;

    private final SocketSettings settings;
    private final List<Endpoint> endpoints;
    private final PushMetrics metrics;
    private final @Nullable Tls tls;
    private final AtomicReference<@Nullable Channel> listening = new AtomicReference<>();
    private @Nullable EventLoopGroup acceptors;
    private @Nullable EventLoopGroup workers;
    private @Nullable Front front;

    /**
     * The library makes a pipeline factory, with a timer, before it can be given another, and never stops that timer,
     * which never ran. Netty would report it as a leak at every start; so it is not watched while this is made, one after
     * the other: the level is one for all.
     */
    static synchronized FrontServer of(
            SocketSettings settings, List<Endpoint> endpoints, PushMetrics metrics, @Nullable Tls tls) {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            return new FrontServer(settings, endpoints, metrics, tls);
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    private FrontServer(SocketSettings settings, List<Endpoint> endpoints, PushMetrics metrics, @Nullable Tls tls) {
        super(configuration(settings));
        this.settings = settings;
        this.endpoints = endpoints;
        this.metrics = metrics;
        this.tls = tls;
        setPipelineFactory(new Pipelines());
    }

    private static Configuration configuration(SocketSettings settings) {
        Configuration configuration = new Configuration();
        configuration.setHostname(settings.host());
        configuration.setPort(settings.port());
        configuration.setBossThreads(1);
        configuration.setWorkerThreads(
                settings.eventLoops() > 0
                        ? settings.eventLoops()
                        : Runtime.getRuntime().availableProcessors());
        configuration.setUseLinuxNativeEpoll(Epoll.isAvailable());
        configuration.setAddVersionHeader(false);
        configuration.setJsonSupport(new NoJson());
        configuration.getSocketConfig().setReuseAddress(true);
        configuration.getSocketConfig().setAcceptBackLog(ACCEPT_BACKLOG);
        return configuration;
    }

    Front front() {
        return requireNonNull(front, "not started");
    }

    /** The port that is listened on. */
    int port() {
        Channel channel = requireNonNull(listening.get(), "not started");
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** The one place where the library shows its event loops, before they serve anybody. */
    @Override
    protected void applyConnectionOptions(ServerBootstrap bootstrap) {
        super.applyConnectionOptions(bootstrap);
        acceptors = bootstrap.config().group();
        workers = bootstrap.config().childGroup();
        front = new Front(settings, endpoints, workers, metrics);
        bootstrap
                .handler(new Listening())
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 << 10, 64 << 10));
        workers.next().scheduleAtFixedRate(front.ledger()::report, 1, 1, TimeUnit.SECONDS);
    }

    /** Lets nobody in any more; who is in stays. */
    void stopAccepting() {
        front().admissions().stop();
        Channel channel = listening.get();
        if (channel != null) {
            channel.close().syncUninterruptibly();
        }
    }

    /** Closes what is open. The library would wait two quiet seconds for each group; nothing comes any more. */
    @Override
    public void stop() {
        quit(acceptors);
        quit(workers);
        super.stop();
    }

    private static void quit(@Nullable EventLoopGroup group) {
        if (group != null) {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
    }

    /** Notes the channel that listens, which the library keeps to itself. */
    private final class Listening extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            listening.set(context.channel());
        }
    }

    /** Gives each connection our handlers in place of the library's. */
    private final class Pipelines extends SocketIOChannelInitializer {
        /** Keeps the library's timer from holding on to the last connection; nothing of ours uses it. */
        @Override
        public void handlerAdded(ChannelHandlerContext context) {}

        @Override
        protected void initChannel(Channel channel) {
            Front shared = front();
            RequestRefusal refusal = shared.admissions().connected(channel);
            if (refusal != null) {
                shared.ledger().refused(refusal);
                channel.close();
                return;
            }
            ChannelPipeline pipeline = channel.pipeline();
            if (shared.admissions().isOfProxy(channel)) {
                pipeline.addLast(new ProxyHeader(shared));
            }
            if (tls != null) {
                pipeline.addLast(tls.handler(channel.alloc(), shared.requestTimeout()));
            }
            HttpFront.addTo(pipeline, shared, shared.loops().of(channel.eventLoop()));
        }
    }

    /** The library insists on a JSON library for its own codec, which is not used. */
    private static final class NoJson implements JsonSupport {
        @Override
        public AckArgs readAckArgs(ByteBufInputStream src, AckCallback<?> callback) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T readValue(String namespaceName, ByteBufInputStream src, Class<T> valueType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeValue(ByteBufOutputStream out, Object value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addEventMapping(String namespaceName, String eventName, Class<?>... eventClass) {}

        @Override
        public void removeEventMapping(String namespaceName, String eventName) {}

        @Override
        public List<byte[]> getArrays() {
            return List.of();
        }
    }
}
