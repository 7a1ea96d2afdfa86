package dev.pushbridge.admin;

import dev.pushbridge.delivery.Explainer;
import dev.pushbridge.delivery.Explainer.EventStory;
import dev.pushbridge.delivery.Explainer.TokenStory;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.PushSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.stereotype.Component;

/**
 * {@code /actuator/push} on the management port: {@code sessions} lists who is logged in; {@code events/…} tells what
 * became of an event on this node, by its id or as {@code topic-partition-offset}; {@code tokens/…} what a token has here.
 * It shows tokens, which are secrets, and is therefore off ({@code management.endpoint.push.access: none}) unless an operator or the development
 * profile switches it on.
 */
@Component
@Endpoint(id = "push", defaultAccess = Access.NONE)
final class PushEndpoint {
    /** The most sessions that one answer lists. */
    static final int MAX_LISTED = 1_000;

    private static final Pattern PLACE = Pattern.compile("(.+)-(\\d{1,9})-(\\d{1,18})");

    private final SessionRegistry registry;
    private final Explainer explainer;
    private final String topic;

    PushEndpoint(SessionRegistry registry, Explainer explainer, PushSettings settings) {
        this.registry = registry;
        this.explainer = explainer;
        this.topic = settings.kafka().topic();
    }

    /** Null, which the port answers with 404, for a name that is not one of this endpoint's lists. */
    @ReadOperation
    public @Nullable Sessions list(@Selector String name) {
        return name.equals("sessions") ? sessions() : null;
    }

    /** Null, which the port answers with 404, for an id that the replay window does not have. */
    @ReadOperation
    public @Nullable Object explain(
            @Selector String kind, @Selector(match = Selector.Match.ALL_REMAINING) String... key) {
        String wanted = String.join("/", key);
        return switch (kind) {
            case "events" -> event(wanted);
            case "tokens" -> new TokenAnswer(node(), topic, explainer.token(wanted));
            default -> null;
        };
    }

    private @Nullable EventAnswer event(String wanted) {
        EventStory story = explainer.event(wanted);
        Matcher place = PLACE.matcher(wanted);
        if (story == null && place.matches() && place.group(1).equals(topic)) {
            story = explainer.event(Integer.parseInt(place.group(2)), Long.parseLong(place.group(3)));
        }
        return story == null ? null : new EventAnswer(node(), topic, story);
    }

    private static String node() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    /** What became of an event on this node; the others have their own answer. */
    record EventAnswer(String node, String topic, EventStory event) {}

    /** What a token has on this node; the others have their own answer. */
    record TokenAnswer(String node, String topic, TokenStory token) {}

    /** A copy, the earliest login first; sessions that come and go meanwhile may be in it or not. */
    private Sessions sessions() {
        List<Entry> entries = new ArrayList<>();
        registry.forEach((session, login) -> {
            if (entries.size() < MAX_LISTED) {
                entries.add(Entry.of(session, login));
            }
        });
        entries.sort(Comparator.comparing(Entry::loggedInAt));
        return new Sessions(registry.sessionCount(), registry.tokenCount(), entries);
    }

    /**
     * Who is logged in on this node.
     *
     * @param sessionCount all of them
     * @param tokenCount the tokens that they have
     * @param sessions at most {@link #MAX_LISTED} of them
     */
    record Sessions(int sessionCount, int tokenCount, List<Entry> sessions) {}

    record Entry(String token, @Nullable String userId, String socketId, Instant loggedInAt) {
        static Entry of(Session session, Login login) {
            return new Entry(login.token(), login.userId(), session.id(), login.at());
        }
    }
}
