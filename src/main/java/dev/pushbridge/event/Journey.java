package dev.pushbridge.event;

import org.jspecify.annotations.Nullable;

/** An event that is followed on its way, to measure how long each part of the way takes. */
public interface Journey {
    /** The event was handed to all of its recipients that are here. By the thread that dispatches. */
    void dispatched(RecordOutcome outcome);

    /** A delivery of it, to be followed too; null when enough of them are. On the session's loop, before it is written. */
    @Nullable Leg leg(String socketId);

    /** One delivery of the event. On the session's loop. */
    interface Leg {
        /** It was written to the session's connection. */
        void written();

        /** The client says that it has it; after {@link #written}, or never. */
        void acknowledged();
    }
}
