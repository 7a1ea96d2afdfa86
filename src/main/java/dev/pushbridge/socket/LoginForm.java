package dev.pushbridge.socket;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client says of itself when it logs in: {@code {tokenId, userId, token}}.
 *
 * @param tokenId whose events it wants, or null; a number is read as the string that stands there
 * @param userId for the listing, or null
 * @param jwt its JSON Web Token, or null
 * @param error what is wrong with the form, or null: the kind of a value, never the value
 */
record LoginForm(
        @Nullable String tokenId,
        @Nullable String userId,
        @Nullable String jwt,
        @Nullable String error) {
    private static final int MAX_LENGTH = 256;
    private static final String EXPECTED =
            " (expected: a string or whole number of 1 to " + MAX_LENGTH + " characters)";

    static LoginForm of(JsonNode login) {
        if (!login.isObject()) {
            return wrong("user_login: " + kindOf(login) + " (expected: an object {tokenId, userId})");
        }
        for (String field : new String[] {"tokenId", "userId"}) {
            JsonNode value = login.path(field);
            // That a tokenId is missing, its reader says, who may do without.
            boolean absent = field.equals("userId") ? isAbsent(value) : value.isMissingNode();
            if (!absent && !isName(value)) {
                return wrong(field + ": " + kindOf(value) + EXPECTED);
            }
        }
        return new LoginForm(textOf(login.path("tokenId")), textOf(login.path("userId")), jwtIn(login), null);
    }

    private static LoginForm wrong(String error) {
        return new LoginForm(null, null, null, error);
    }

    private static @Nullable String textOf(JsonNode value) {
        return isAbsent(value) ? null : value.asString();
    }

    /** Anything but a string is no token, and is refused as none. */
    private static @Nullable String jwtIn(JsonNode login) {
        JsonNode token = login.path("token");
        return token.isString() ? token.asString() : null;
    }

    private static boolean isName(JsonNode value) {
        if (!value.isString() && !value.isIntegralNumber()) {
            return false;
        }
        int length = value.asString().length();
        return length >= 1 && length <= MAX_LENGTH;
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static String kindOf(JsonNode value) {
        if (value.isString()) {
            return value.asString().length() + " characters";
        }
        return switch (value.getNodeType()) {
            case MISSING -> "missing";
            case NULL -> "null";
            case NUMBER -> value.isIntegralNumber() ? "too many digits" : "a fraction";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            default -> "binary";
        };
    }

    /** Without what is secret. */
    @Override
    public String toString() {
        return "LoginForm[userId=" + userId + ", error=" + error + "]";
    }
}
