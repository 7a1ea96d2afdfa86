package dev.pushbridge.event;

/**
 * Why a client may have missed events that nobody can replay: it is told so by {@code resync_required}, and asks its
 * backend.
 */
public enum ResyncReason {
    /** The client was away for longer than the replay window reaches back. */
    EXPIRED("expired"),
    /** The topic was deleted and made anew, or the cursor is of another topic. */
    TOPIC("topic"),
    /** The cursor is beyond the end of the topic: the topic has lost records. */
    AHEAD("ahead"),
    /** The cursor cannot be read. */
    CURSOR("cursor"),
    /** The client was logged in, and sent events, before it said where it was: what it had missed comes before them. */
    LATE("late"),
    /** The topic dropped records before this node had read them, or lost some that it had read. */
    LOST("lost"),
    /** The bridge failed at an event that is for the client, which is a fault of its own. */
    FAILED("failed");

    private final String word;

    ResyncReason(String word) {
        this.word = word;
    }

    /** The one name of this reason in the event, metrics, logs and the README. */
    public String word() {
        return word;
    }
}
