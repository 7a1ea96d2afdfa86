package dev.pushbridge.event;

/**
 * What can come of a login. Every login that a client asks for ends in exactly one of these, unless a
 * fault of the bridge ends its session.
 */
public enum LoginResult {
    /** The session is in the registry. */
    ACCEPTED("accepted"),
    /** It was refused, for a {@link LoginRefusal}. */
    REFUSED("refused"),
    /** This node has not read as far as the client has; the client was sent to try again. */
    TOO_EARLY("too_early");

    private final String word;

    LoginResult(String word) {
        this.word = word;
    }

    /** The one name of this result in metrics and the README. */
    public String word() {
        return word;
    }
}
