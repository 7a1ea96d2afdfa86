package dev.pushbridge.event;

/** What a node can still say of an event, when it is asked. */
public enum Hindsight {
    /** It was handed to at least one session as it came. */
    DISPATCHED("dispatched"),
    /** It came to sessions later, out of the replay window. */
    REPLAYED("replayed"),
    /** It came to no session. */
    OFFLINE("offline"),
    /** It came to none of the sessions that are known; others have ended since that are not. */
    FORGOTTEN("forgotten"),
    /** Its id was there before. */
    DUPLICATE("duplicate");

    private final String word;

    Hindsight(String word) {
        this.word = word;
    }

    /** The one name of this in answers and the README. */
    public String word() {
        return word;
    }
}
