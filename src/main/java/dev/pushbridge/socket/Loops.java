package dev.pushbridge.socket;

import dev.pushbridge.metrics.PushMetrics;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/** All event loops of the server, and what they may hold together. Thread-safe. */
final class Loops {
    private final List<Loop> all = new ArrayList<>();
    private final IdentityHashMap<EventLoop, Loop> byExecutor = new IdentityHashMap<>();
    private final long totalBytes;

    Loops(EventLoopGroup group, PushMetrics metrics, Ledger ledger, long tickMillis, long totalBytes) {
        this.totalBytes = totalBytes;
        for (EventExecutor executor : group) {
            Loop loop = new Loop((EventLoop) executor, metrics, ledger, tickMillis);
            all.add(loop);
            byExecutor.put((EventLoop) executor, loop);
        }
    }

    Loop of(EventLoop executor) {
        Loop loop = byExecutor.get(executor);
        if (loop == null) {
            throw new IllegalArgumentException("an event loop of somebody else");
        }
        return loop;
    }

    List<Loop> all() {
        return all;
    }

    int sessions() {
        int sessions = 0;
        for (int i = 0; i < all.size(); i++) {
            sessions += all.get(i).sessions();
        }
        return sessions;
    }

    /** Bytes that wait for clients. */
    long queuedBytes() {
        long bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            bytes += all.get(i).queuedBytes();
        }
        return bytes;
    }

    /** Tasks that were handed to the loops and not yet begun. */
    int waitingTasks() {
        int tasks = 0;
        for (int i = 0; i < all.size(); i++) {
            tasks += all.get(i).waitingTasks();
        }
        return tasks;
    }

    /** Whether so many bytes more would be too many for this node. Loops that ask at once may each go one packet over. */
    boolean isOverBound(int more) {
        return queuedBytes() + more > totalBytes;
    }
}
