package dev.pushbridge.canary;

import java.io.IOException;
import java.util.function.LongConsumer;

/** Where the canary hears its events: a client of the bridge. One thread opens and closes it. */
interface Ear {
    /**
     * Connects and logs in, and returns when the bridge has agreed.
     *
     * @param heard gets the number in each event, on a thread of the ear
     * @throws IOException if that failed, or took too long; says why, without the token
     */
    void open(LongConsumer heard) throws IOException, InterruptedException;

    boolean isOpen();

    void close();
}
