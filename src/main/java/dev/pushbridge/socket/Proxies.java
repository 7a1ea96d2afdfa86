package dev.pushbridge.socket;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The proxies whose word about a client's address is believed: {@code push.socket.trusted-proxies}. */
final class Proxies {
    private static final String FORWARDED_FOR = "X-Forwarded-For";
    /** More hops than any real way has. */
    private static final int MAX_HOPS = 32;

    private final List<IpSubnetFilterRule> trusted;

    Proxies(List<String> networks) {
        trusted = networks.stream().map(Proxies::rule).toList();
    }

    private static IpSubnetFilterRule rule(String network) {
        String cidr = network.contains("/") ? network : network + (network.contains(":") ? "/128" : "/32");
        return new IpSubnetFilterRule(cidr, IpFilterRuleType.ACCEPT);
    }

    boolean trust(@Nullable InetAddress peer) {
        if (peer == null || trusted.isEmpty()) {
            return false;
        }
        InetSocketAddress address = new InetSocketAddress(peer, 0);
        return trusted.stream().anyMatch(rule -> rule.matches(address));
    }

    /**
     * Whom a trusted proxy speaks for. Each proxy appends the address that it was spoken to from; so the list is read from
     * its end, over the trusted ones, to the first that is not. What stands before that, the client may have written itself.
     */
    InetAddress clientOf(InetAddress proxy, HttpHeaders request) {
        String[] hops = String.join(",", request.getAll(FORWARDED_FOR)).split(",", -1);
        InetAddress client = proxy;
        for (int i = hops.length - 1; i >= Math.max(0, hops.length - MAX_HOPS) && trust(client); i--) {
            InetAddress before = parsed(hops[i].trim());
            if (before == null) {
                break;
            }
            client = before;
        }
        return client;
    }

    /** An address with or without a port; null for anything else, such as {@code unknown}. No name is looked up. */
    private static @Nullable InetAddress parsed(String hop) {
        String address = hop;
        if (hop.startsWith("[")) {
            address = hop.substring(1, Math.max(1, hop.indexOf(']')));
        } else if (hop.indexOf(':') == hop.lastIndexOf(':') && hop.contains(":")) {
            address = hop.substring(0, hop.indexOf(':'));
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
