package dev.pushbridge.settings;

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
}
