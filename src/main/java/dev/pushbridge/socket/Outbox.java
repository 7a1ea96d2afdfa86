package dev.pushbridge.socket;

import static java.util.Objects.requireNonNull;

import dev.pushbridge.event.Frame;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The way of deliveries from the dispatcher to one event loop.
 *
 * <p><b>Concurrency.</b> Under the dispatcher's lock one batch, a pair of plain arrays, is filled and handed
 * over whole: one task per loop and batch, however many sockets and events are in it. Until the loop begins with it, the
 * dispatcher takes it back and adds to it, so that a loop that is busy finds one large batch and not many small ones, and
 * writes to a socket once what came for it meanwhile. What must come to the loop behind a task that somebody else gives it
 * is kept out of the batches that are in its queue already by a {@link #fence}.
 *
 * <p>The loop gives the emptied batch back. There are only {@link #BATCHES}, so that a loop that is behind makes the
 * dispatcher wait, and the records wait in Kafka. A socket that is behind makes nobody wait: its session has its own
 * bounded backlog.
 */
final class Outbox {
    /** Batches on their way to one loop. */
    private static final int BATCHES = 4;
    /** Deliveries of one batch; more go into the next. */
    private static final int DELIVERIES = 8192;
    /** Deliveries of one turn of the loop: so many writes take it some milliseconds. */
    private static final int WRITES = 512;
    /** Bytes of the frames of one batch, one frame over. */
    private static final long BYTES = 4 << 20;

    private final Loop loop;
    private final BlockingQueue<Batch> spare = new ArrayBlockingQueue<>(BATCHES);
    /** The dispatcher's, as the next one. */
    private @Nullable Batch filling;
    /** The batch that was handed over last, if it may be added to. */
    private @Nullable Batch handed;

    Outbox(Loop loop) {
        this.loop = loop;
        for (int i = 0; i < BATCHES; i++) {
            spare.add(new Batch());
        }
    }

    /** Takes a delivery that leaves with the next {@link #flush}. Under the dispatcher's lock. */
    void add(NamespaceSocket recipient, Frame frame) {
        Batch batch = filling;
        if (batch == null) {
            batch = filling = handedOrNext();
        }
        if (batch == null) {
            loop.deliveriesLost(1);
            return;
        }
        batch.add(recipient, frame);
        if (batch.size >= DELIVERIES || batch.bytes > BYTES) {
            flush();
            fence();
        }
    }

    /** Hands over what was added since the last flush. Under the dispatcher's lock. */
    void flush() {
        Batch batch = filling;
        if (batch == null) {
            return;
        }
        filling = null;
        handed = batch;
        if (batch.stage.getAndSet(Stage.HANDED) != Stage.TAKEN_BACK) {
            hand(batch);
        }
    }

    /**
     * What is added from now on comes to the loop behind whatever it is given from now on. Under the dispatcher's lock.
     */
    void fence() {
        Batch batch = filling;
        if (batch != null && batch.stage.get() != Stage.FILLED) {
            flush();
        }
        handed = null;
    }

    private void hand(Batch batch) {
        try {
            loop.executor().execute(batch);
        } catch (RejectedExecutionException stopped) {
            handed = null;
            loop.deliveriesLost(batch.size);
            batch.clear();
        }
    }

    private @Nullable Batch handedOrNext() {
        Batch batch = handed;
        handed = null;
        return batch != null && batch.stage.compareAndSet(Stage.HANDED, Stage.TAKEN_BACK) ? batch : nextBatch();
    }

    /** Waits for the loop if it is behind; null if it has stopped. */
    private @Nullable Batch nextBatch() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    Batch batch = spare.poll(100, TimeUnit.MILLISECONDS);
                    if (batch != null || loop.executor().isShutdown()) {
                        return batch;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private enum Stage {
        /** With the dispatcher, and not in the loop's queue. */
        FILLED,
        /** In the loop's queue, which may begin. */
        HANDED,
        /** In the loop's queue, and with the dispatcher. */
        TAKEN_BACK,
        /** With the loop. */
        BEGUN
    }

    /** Deliveries on their way: the dispatcher's until it is handed over, and the loop's when that has begun with it. */
    private final class Batch implements Runnable {
        private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.FILLED);
        private @Nullable NamespaceSocket[] recipients = new NamespaceSocket[16];
        private @Nullable Frame[] frames = new Frame[16];
        private int size;
        /** How many of the recipients were let write. */
        private int drained;

        private long bytes;

        void add(NamespaceSocket recipient, Frame frame) {
            if (size == frames.length) {
                recipients = Arrays.copyOf(recipients, size * 2);
                frames = Arrays.copyOf(frames, size * 2);
            }
            // One event's recipients come one after the other and share its frame.
            if (size == 0 || frames[size - 1] != frame) {
                bytes += frame.size();
            }
            recipients[size] = recipient;
            frames[size] = frame;
            size++;
        }

        /**
         * First gives every session all that it gets, then lets each write once, some in a turn: between the turns comes
         * what others of the loop are waiting for. A session's packets are in order by then.
         */
        @Override
        public void run() {
            if (drained > 0 || begins()) {
                takeTurn();
            }
        }

        /** False if the dispatcher has it, which hands it over again. */
        private boolean begins() {
            while (!stage.compareAndSet(Stage.HANDED, Stage.BEGUN)) {
                if (stage.compareAndSet(Stage.TAKEN_BACK, Stage.FILLED)) {
                    return false;
                }
            }
            return true;
        }

        private void takeTurn() {
            boolean goesOn = false;
            loop.batchBegins();
            try {
                if (drained == 0) {
                    deliver();
                }
                int end = Math.min(size, drained + WRITES);
                while (drained < end) {
                    requireNonNull(recipients[drained++]).drain();
                }
                goesOn = drained < size;
            } finally {
                loop.batchEnds();
                if (!goesOn || !runsAgain()) {
                    clear();
                }
            }
        }

        private void deliver() {
            for (int i = 0; i < size; i++) {
                NamespaceSocket recipient = requireNonNull(recipients[i]);
                try {
                    recipient.deliver(requireNonNull(frames[i]));
                } catch (RuntimeException | Error fault) {
                    recipient.session().fault("delivering", fault); // the others get theirs
                }
            }
        }

        /** False if the loop has stopped; its sessions count what they did not write. */
        private boolean runsAgain() {
            try {
                loop.executor().execute(this);
                return true;
            } catch (RejectedExecutionException stopped) {
                return false;
            }
        }

        void clear() {
            Arrays.fill(recipients, 0, size, null);
            Arrays.fill(frames, 0, size, null);
            size = 0;
            drained = 0;
            bytes = 0;
            stage.set(Stage.FILLED);
            spare.add(this);
        }
    }
}
