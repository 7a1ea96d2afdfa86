package dev.pushbridge.event;

/**
 * Why a login was refused. The client sees the word as {@code data.code} of its {@code connect_error}, or as {@code code}
 * of the ack, and the message with it; neither says more than who has the token may know.
 */
public enum LoginRefusal {
    /** A field of the login has the wrong type or length. */
    FORM("form", ""),
    /** No {@code tokenId}, where the bridge believes it. */
    NO_TOKEN_ID("no_token_id", "tokenId: missing (expected: a string or whole number of 1 to 256 characters)"),
    /** No {@code token}, where the bridge asks for one. */
    NO_TOKEN("no_token", "token: missing (expected: a JSON Web Token)"),
    /** Not a JSON Web Token that this bridge takes. */
    INVALID_TOKEN("invalid_token", "token: not valid here"),
    /** The JSON Web Token was good once. */
    EXPIRED_TOKEN("expired_token", "token: expired"),
    /** The JSON Web Token, or all of its user's, are revoked. */
    REVOKED_TOKEN("revoked_token", "token: revoked"),
    /** The {@code tokenId} is another than the JSON Web Token's. */
    OTHER_TOKEN_ID("other_token_id", "tokenId: not that of the token"),
    /** Its token has {@code push.socket.limits.sockets-per-token} sockets on this node already. */
    TOO_MANY_SOCKETS("too_many_sockets", ""),
    /** The bridge cannot check it now: it has too much to do, or the keys cannot be had. The client may try again. */
    UNAVAILABLE("unavailable", "token: cannot be checked now, try again");

    private final String word;
    private final String message;

    LoginRefusal(String word, String message) {
        this.word = word;
        this.message = message;
    }

    /** The one name of this refusal on the wire, in metrics and in the README. */
    public String word() {
        return word;
    }

    /** What the client is told; "" where it depends on the login. */
    public String message() {
        return message;
    }
}
