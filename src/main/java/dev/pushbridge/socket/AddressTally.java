package dev.pushbridge.socket;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many of something each client address has, against a limit. Whoever has one IPv6 address has all of its /64, and takes
 * another whenever he likes (RFC 4291 section 2.5.4, RFC 8981); so these count as one. Thread-safe.
 */
final class AddressTally {
    private static final int PREFIX_BYTES = 8;

    private final int limit;
    private final Map<InetAddress, Integer> counts = new ConcurrentHashMap<>();

    /** A limit of 0 is none. */
    AddressTally(int limit) {
        this.limit = limit;
    }

    /** Counts one more, unless that is one too many; then false comes back. */
    boolean enter(InetAddress client) {
        if (counts.merge(counted(client), 1, Integer::sum) > limit && limit > 0) {
            leave(client);
            return false;
        }
        return true;
    }

    void leave(InetAddress client) {
        counts.computeIfPresent(counted(client), (address, count) -> count == 1 ? null : count - 1);
    }

    private static InetAddress counted(InetAddress client) {
        if (!(client instanceof Inet6Address)) {
            return client;
        }
        byte[] prefix = client.getAddress();
        Arrays.fill(prefix, PREFIX_BYTES, prefix.length, (byte) 0);
        try {
            return InetAddress.getByAddress(prefix);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("16 bytes are an address", e);
        }
    }
}
