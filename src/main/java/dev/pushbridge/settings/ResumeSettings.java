package dev.pushbridge.settings;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How clients take up again where they were ({@code push.resume.*}).
 *
 * @param enabled Whether clients get cursors, and what they have missed when they come back with one.
 */
public record ResumeSettings(@DefaultValue("true") boolean enabled) {}
