package dev.pushbridge.fault;

import java.util.Locale;

/** How a client's way through the network is cut; {@code lane.mjs} does it. */
enum Cut {
    /** No byte comes through any more and nobody is told; both ends find out by their heartbeats. */
    SILENT,
    /** The client is told at once by its own system; the node is not. */
    ROAMED;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
