package dev.pushbridge.testkit;

import dev.pushbridge.delivery.Outbound;
import dev.pushbridge.event.Position;
import java.util.concurrent.atomic.AtomicInteger;

/** A way out that leads nowhere, and counts how often it was gone and parted. */
public final class Nowhere implements Outbound {
    private final AtomicInteger flushes = new AtomicInteger();
    private final AtomicInteger fences = new AtomicInteger();
    private volatile int fencesWhenReached;

    @Override
    public void flush() {
        flushes.incrementAndGet();
    }

    @Override
    public void fence() {
        fences.incrementAndGet();
    }

    @Override
    public void reached(Position position) {
        fencesWhenReached = fences.get();
    }

    /** Of the last word how far everything is: how often it had been parted by then. */
    public int fencesWhenReached() {
        return fencesWhenReached;
    }

    public int fences() {
        return fences.get();
    }

    public int flushes() {
        return flushes.get();
    }
}
