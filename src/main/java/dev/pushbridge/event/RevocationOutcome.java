package dev.pushbridge.event;

/** How a record of {@code push.revocations} can end on this node. Every record ends in exactly one of these. */
public enum RevocationOutcome {
    /** Holds from now on. */
    APPLIED("applied"),
    /** Had no value: what its key names is no longer revoked. */
    LIFTED("lifted"),
    /** Is no revocation, and changes nothing. */
    INVALID("invalid"),
    /** Could not be held: {@code push.auth.max-revocations} are held already. */
    OVERFLOW("overflow");

    private final String word;

    RevocationOutcome(String word) {
        this.word = word;
    }

    /** The one name of this outcome in metrics and the README. */
    public String word() {
        return word;
    }
}
