package dev.pushbridge.admin;

import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.stereotype.Component;

/**
 * {@code /actuator/push} on the management port: {@code sessions} lists who is logged in. It shows tokens, which are
 * secrets, and is therefore off ({@code management.endpoint.push.access: none}) unless an operator or the development
 * profile switches it on.
 */
@Component
@Endpoint(id = "push", defaultAccess = Access.NONE)
final class PushEndpoint {
    /** The most sessions that one answer lists. */
    static final int MAX_LISTED = 1_000;

    private final SessionRegistry registry;

    PushEndpoint(SessionRegistry registry) {
        this.registry = registry;
    }

    /** Null, which the port answers with 404, for a name that is not one of this endpoint's lists. */
    @ReadOperation
    public @Nullable Sessions list(@Selector String name) {
        return name.equals("sessions") ? sessions() : null;
    }

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
