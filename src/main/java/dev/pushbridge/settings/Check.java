package dev.pushbridge.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Refuses a setting with a message that shows its name, its value, and what was expected. */
final class Check {
    private Check() {}

    static void that(boolean holds, String name, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** Both bounds are allowed values. */
    static <T extends Comparable<? super T>> void range(String name, T value, T least, T most) {
        that(value.compareTo(least) >= 0 && value.compareTo(most) <= 0, name, value, least + " to " + most);
    }

    /** A name that Kafka takes: {@code org.apache.kafka.common.internals.Topic}. */
    static void topic(String name, String value) {
        that(
                value.matches("[a-zA-Z0-9._-]{1,249}") && !value.matches("\\.{1,2}"),
                name,
                value,
                "1 to 249 of a-z A-Z 0-9 . _ -");
    }

    /** An address, or a network in CIDR notation. */
    static void network(String name, String value) {
        String expected = "an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32";
        String[] parts = value.split("/", 2);
        // Of these characters no host name is made that would be looked up.
        that(parts[0].matches("\\d+\\.\\d+\\.\\d+\\.\\d+|[0-9a-fA-F.]*:[0-9a-fA-F:.]*"), name, value, expected);
        try {
            int bits = InetAddress.getByName(parts[0]).getAddress().length * Byte.SIZE;
            that(parts.length == 1 || parts[1].matches("\\d{1,3}"), name, value, expected);
            that(parts.length == 1 || Integer.parseInt(parts[1]) <= bits, name, value, expected);
        } catch (UnknownHostException e) {
            that(false, name, value, expected);
        }
    }
}
