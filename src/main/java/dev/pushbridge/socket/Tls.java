package dev.pushbridge.socket;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;

/**
 * TLS of the Socket.IO port, by a bundle of Spring's ({@code spring.ssl.bundle.pem.*}). When the bundle is renewed, which
 * it is with {@code reload-on-update}, new connections get the new certificate; those that are open keep theirs.
 */
final class Tls {
    private static final Logger log = LoggerFactory.getLogger(Tls.class);
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private final String bundleName;
    private volatile SslContext context;

    private Tls(String bundleName, SslBundle bundle) throws SSLException {
        this.bundleName = bundleName;
        this.context = contextOf(bundle);
    }

    static Tls of(SslBundles bundles, String name) {
        try {
            Tls tls = new Tls(name, bundles.getBundle(name));
            bundles.addBundleUpdateHandler(name, tls::renew);
            return tls;
        } catch (NoSuchSslBundleException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "push.socket.ssl-bundle", name, "It is no bundle under spring.ssl.bundle.");
        } catch (SSLException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "push.socket.ssl-bundle", name, "TLS cannot be served with it: " + e.getMessage());
        }
    }

    private void renew(SslBundle bundle) {
        try {
            context = contextOf(bundle);
            log.info("TLS of the sockets: bundle {} is renewed", bundleName);
        } catch (SSLException e) {
            log.error(
                    "TLS of the sockets: bundle {} cannot be used, the one before stays: {}",
                    bundleName,
                    e.getMessage());
        }
    }

    private static SslContext contextOf(SslBundle bundle) throws SSLException {
        SslOptions options = bundle.getOptions();
        String[] protocols = options.getEnabledProtocols();
        String[] ciphers = options.getCiphers();
        return SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory())
                .sslProvider(SslProvider.JDK)
                .protocols(protocols == null ? PROTOCOLS : Arrays.asList(protocols))
                .ciphers(ciphers == null ? null : Arrays.asList(ciphers))
                .build();
    }

    /** For a new connection, which has so many milliseconds for its handshake. */
    SslHandler handler(ByteBufAllocator allocator, int timeoutMillis) {
        SslHandler handler = context.newHandler(allocator);
        handler.setHandshakeTimeout(timeoutMillis, TimeUnit.MILLISECONDS);
        return handler;
    }
}
