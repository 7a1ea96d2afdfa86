package dev.pushbridge.socket;

import dev.pushbridge.replay.Cursor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Where a client says that it is.
 *
 * @param cursor {@link Cursor#UNREADABLE} if nobody can tell
 * @param fault what was found then and what is expected; or ""
 */
record Claim(Cursor cursor, String fault) {
    /**
     * Reads a field; null if the client does not say.
     *
     * @param longest how many characters a cursor may have
     */
    static @Nullable Claim in(JsonNode object, String field, int longest) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        String text = value.isString() ? value.asString() : null;
        if (text == null) {
            return new Claim(Cursor.UNREADABLE, field + ": not a string (expected: that of an event)");
        }
        return text.isEmpty() ? null : of(text, field, longest);
    }

    private static Claim of(String text, String field, int longest) {
        Cursor cursor = text.length() > longest ? Cursor.UNREADABLE : Cursor.of(text);
        return new Claim(
                cursor,
                cursor == Cursor.UNREADABLE
                        ? field + ": " + text.length() + " characters (expected: that of an event, at most " + longest
                                + " characters)"
                        : "");
    }

    /** Both at once, of one client and one token: what either has, it has. */
    Claim with(Claim other) {
        Cursor both = cursor.with(other.cursor);
        return new Claim(both, both == Cursor.UNREADABLE ? fault : "");
    }
}
