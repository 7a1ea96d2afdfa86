package dev.pushbridge.socket;

/**
 * One thing that a client may try, and what must come of it. The same cases are tried on ours, where each must hold, and
 * on netty-socketio as it comes, where it must not, unless {@link #stock} says so: so it is known that a case would notice.
 */
interface HostileCase {
    /** Whether the server behaves as it should. */
    boolean holds(Target target) throws Exception;

    /** Whether netty-socketio 2.0.14 does so too. */
    Stock stock();

    /** Whether it looks at what all share, the log or the leaks, and so cannot be tried beside others. */
    default boolean isAlone() {
        return false;
    }

    enum Stock {
        FAILS,
        HOLDS,
        /** Which of its event loops is first decides. */
        EITHER
    }

    @FunctionalInterface
    interface Check {
        boolean holds(Target target) throws Exception;
    }
}
