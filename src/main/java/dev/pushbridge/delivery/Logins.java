package dev.pushbridge.delivery;

import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Takes logins one after the other, on a thread that may wait for the dispatching thread. An event loop must not: the
 * dispatching thread itself may wait for a loop ({@link Outbound#flush}).
 *
 * <p>A session has at most one login in here, so that the queue is bounded by the connections.
 */
@Component
public final class Logins implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Logins.class);

    private final SessionRegistry registry;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> new Thread(work, "push-logins"));

    public Logins(SessionRegistry registry) {
        this.registry = registry;
    }

    /**
     * What came of a login.
     *
     * @param replaced whether it took the place of another one of the same session
     * @param sessions how many sessions the token has on this node with it
     */
    public record Done(boolean replaced, int sessions) {}

    /**
     * Enters the session under its token. From any thread; the session's next login or logout is its caller's to keep
     * back until the answer.
     *
     * @param answer called once, on a thread of this class, when the session is in the registry; hands on to the
     *     session's loop. If the loop has stopped, and it throws {@link RejectedExecutionException}, the login is undone
     */
    public void login(Session session, Login login, Consumer<Done> answer) {
        thread.execute(() -> enter(session, login, answer));
    }

    private void enter(Session session, Login login, Consumer<Done> answer) {
        Login replaced = registry.login(session, login);
        try {
            answer.accept(new Done(replaced != null, registry.sessionsOf(login.token()).length));
        } catch (RejectedExecutionException stopped) {
            log.debug("A loop has stopped", stopped);
            registry.logout(session);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
