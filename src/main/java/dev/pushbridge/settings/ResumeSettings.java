package dev.pushbridge.settings;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How clients take up again where they were ({@code push.resume.*}).
 *
 * @param enabled Whether clients get cursors, and what they have missed when they come back with one.
 * @param keys Secrets of 32 to 256 characters, the same on all nodes, that sign a session's id: the first signs, all are
 *     good, so that they can be changed one after the other. Default: a random one, and a client that comes back to another
 *     node gets a new id.
 * @param pidLifetime How long a session's id may be taken up again after its first connect, 1m to 30d.
 */
public record ResumeSettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue List<String> keys,
        @DefaultValue("24h") Duration pidLifetime) {
    public ResumeSettings {
        keys = List.copyOf(keys);
        for (String key : keys) {
            Check.that(
                    key.length() >= 32 && key.length() <= 256,
                    "push.resume.keys",
                    key.length() + " characters",
                    "32 to 256, such as those of openssl rand -base64 32");
        }
        Check.range("push.resume.pid-lifetime", pidLifetime, Duration.ofMinutes(1), Duration.ofDays(30));
    }

    /** The same without the keys, which are secrets. */
    @Override
    public String toString() {
        return "ResumeSettings[enabled=" + enabled + ", keys=" + keys.size() + ", pidLifetime=" + pidLifetime + "]";
    }
}
