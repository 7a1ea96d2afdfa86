package dev.pushbridge.ingest;

import java.util.LinkedHashSet;
import java.util.Set;

/** The latest of what was handed over, up to a bound. One thread's. */
final class Remembered {
    private final int bound;
    private final Set<Receipt> latest = new LinkedHashSet<>();

    Remembered(int bound) {
        this.bound = bound;
    }

    void add(Receipt handedOver) {
        if (latest.size() == bound) {
            latest.remove(latest.iterator().next());
        }
        latest.add(handedOver);
    }

    /** Returns whether it was there. */
    boolean remove(Receipt handedOver) {
        return latest.remove(handedOver);
    }
}
