package dev.pushbridge.socket;

import java.util.function.Function;

/**
 * A path, and what is spoken there.
 *
 * @param path the path without a slash at its end; requests may have one
 * @param application begins the conversation of a new session
 */
record Endpoint(String path, Function<EngineSession, Conversation> application) {}
