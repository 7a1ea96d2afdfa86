package dev.pushbridge.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.testkit.Tab;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SessionRegistryTest {
    private final SessionRegistry registry = new SessionRegistry();

    @Test
    void tokenWithoutALoginHasNoSessions() {
        assertThat(registry.sessionsOf("anna")).isEmpty();
    }

    @Test
    void loginIsFoundByTokenInOrderOfLogin() {
        Tab first = new Tab("tab " + 1);
        Tab second = new Tab("tab " + 2);
        assertThat(registry.login(first, login("anna"))).isNull();
        assertThat(registry.login(second, login("anna"))).isNull();
        assertThat(registry.sessionsOf("anna")).containsExactly(first, second);
        assertThat(registry.sessionCount()).isEqualTo(2);
        assertThat(registry.tokenCount()).isEqualTo(1);
    }

    @Test
    void secondLoginReplacesTheFirst() {
        Tab tab = new Tab("tab " + 1);
        Login first = login("anna");
        registry.login(tab, first);
        assertThat(registry.login(tab, login("ben"))).isSameAs(first);
        assertThat(registry.sessionsOf("anna")).isEmpty();
        assertThat(registry.sessionsOf("ben")).containsExactly(tab);
        assertThat(registry.sessionCount()).isEqualTo(1);
        assertThat(registry.tokenCount()).isEqualTo(1);
    }

    @Test
    void secondLoginWithTheSameTokenDoesNotDoubleTheSession() {
        Tab tab = new Tab("tab " + 1);
        registry.login(tab, login("anna"));
        Login again = login("anna");
        registry.login(tab, again);
        assertThat(registry.sessionsOf("anna")).containsExactly(tab);
        assertThat(registry.loginOf(tab)).isSameAs(again);
    }

    @Test
    void logoutOfOneTabLeavesTheOthers() {
        Tab first = new Tab("tab " + 1);
        Tab second = new Tab("tab " + 2);
        Login login = login("anna");
        registry.login(first, login);
        registry.login(second, login("anna"));
        assertThat(registry.logout(first)).isSameAs(login);
        assertThat(registry.logout(first)).isNull();
        assertThat(registry.sessionsOf("anna")).containsExactly(second);
    }

    /** The array that a dispatcher holds is of the moment when it looked. */
    @Test
    void sessionsOnceLookedUpDoNotChange() {
        Tab tab = new Tab("tab " + 1);
        registry.login(tab, login("anna"));
        Session[] found = registry.sessionsOf("anna");
        registry.login(new Tab("tab " + 2), login("anna"));
        registry.logout(tab);
        assertThat(found).containsExactly(tab);
    }

    @Test
    void loginKeepsItsTokenOutOfLogs() {
        assertThat(login("anna-secret").toString()).doesNotContain("anna-secret");
    }

    static List<Long> seeds() {
        return List.of(1L, 2L, 3L, ThreadLocalRandom.current().nextLong());
    }

    /** Random logins and logouts of a few tabs under a few tokens, against two plain maps. A failure shows the seed. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void registryIsTwoPlainMaps(long seed) {
        Random random = new Random(seed);
        List<Tab> tabs = tabs(12);
        Map<Tab, String> tokenOfTab = new HashMap<>();
        Map<String, List<Session>> tabsOfToken = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            String when = "seed " + seed + ", step " + step;
            Tab tab = tabs.get(random.nextInt(tabs.size()));
            String before = tokenOfTab.get(tab);
            if (random.nextInt(3) == 0) {
                assertThat(tokenOf(registry.logout(tab))).as(when).isEqualTo(before);
                leave(tabsOfToken, before, tab);
                tokenOfTab.remove(tab);
            } else {
                String token = "token " + random.nextInt(5);
                assertThat(tokenOf(registry.login(tab, login(token)))).as(when).isEqualTo(before);
                if (!token.equals(before)) {
                    leave(tabsOfToken, before, tab);
                    tabsOfToken.computeIfAbsent(token, t -> new ArrayList<>()).add(tab);
                }
                tokenOfTab.put(tab, token);
            }
            assertSame(when, tabs, tokenOfTab, tabsOfToken);
        }
    }

    private void assertSame(
            String when, List<Tab> tabs, Map<Tab, String> tokenOfTab, Map<String, List<Session>> tabsOfToken) {
        for (int i = 0; i < 5; i++) {
            String token = "token " + i;
            assertThat(List.of(registry.sessionsOf(token)))
                    .as(when)
                    .isEqualTo(tabsOfToken.getOrDefault(token, List.of()));
        }
        for (Tab tab : tabs) {
            assertThat(tokenOf(registry.loginOf(tab))).as(when).isEqualTo(tokenOfTab.get(tab));
        }
        assertThat(registry.tokenCount()).as(when).isEqualTo(tabsOfToken.size());
        assertThat(registry.sessionCount()).as(when).isEqualTo(tokenOfTab.size());
    }

    private static void leave(Map<String, List<Session>> tabsOfToken, @Nullable String token, Tab tab) {
        if (token != null) {
            List<Session> others = tabsOfToken.getOrDefault(token, new ArrayList<>());
            others.remove(tab);
            if (others.isEmpty()) {
                tabsOfToken.remove(token);
            }
        }
    }

    /**
     * Two event loops, one per tab, log their tab in and out under one shared token, while the dispatcher looks that
     * token up. The interleavings to break: two loops enter the token at once and one entry is lost; one loop removes
     * the last session of the token while the other enters it; the dispatcher reads between the two. A third tab stays
     * logged in under the same token throughout: a dispatch that misses it, or sees any tab twice, has lost or doubled
     * a push.
     */
    @Test
    void dispatchNeverMissesASessionThatStaysAndNeverSeesOneTwice() throws Exception {
        Tab resident = new Tab("tab " + 0);
        registry.login(resident, login("anna"));
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Future<?> dispatcher = threads.submit(() -> {
                while (!done.get()) {
                    assertThat(registry.sessionsOf("anna")).contains(resident).doesNotHaveDuplicates();
                }
            });
            Future<?> one = threads.submit(() -> comeAndGo(new Tab("tab " + 1), 20_000));
            Future<?> two = threads.submit(() -> comeAndGo(new Tab("tab " + 2), 20_000));
            one.get(30, TimeUnit.SECONDS);
            two.get(30, TimeUnit.SECONDS);
            done.set(true);
            dispatcher.get(30, TimeUnit.SECONDS);
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
        assertThat(registry.sessionsOf("anna")).containsExactly(resident);
        assertThat(registry.sessionCount()).isEqualTo(1);
        assertThat(registry.tokenCount()).isEqualTo(1);
    }

    /**
     * The same without a resident: the token comes and goes with its last session, so that an entry made while the
     * other loop takes the token away must not vanish with it. Each loop looks for its own tab after its own login.
     */
    @Test
    void loginIsSeenFromTheMomentItReturns() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> one = threads.submit(() -> comeAndGo(new Tab("tab " + 1), 50_000));
            Future<?> two = threads.submit(() -> comeAndGo(new Tab("tab " + 2), 50_000));
            one.get(30, TimeUnit.SECONDS);
            two.get(30, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
        assertThat(registry.sessionCount()).isZero();
        assertThat(registry.tokenCount()).isZero();
    }

    private void comeAndGo(Tab tab, int times) {
        for (int i = 0; i < times; i++) {
            registry.login(tab, login("anna"));
            assertThat(List.of(registry.sessionsOf("anna"))).contains(tab);
            if (i % 2 == 0) {
                registry.login(tab, login("ben"));
                assertThat(List.of(registry.sessionsOf("anna"))).doesNotContain(tab);
            }
            registry.logout(tab);
            assertThat(List.of(registry.sessionsOf("anna"))).doesNotContain(tab);
        }
    }

    private static List<Tab> tabs(int count) {
        List<Tab> tabs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tabs.add(new Tab("tab " + i));
        }
        return tabs;
    }

    private static Login login(String token) {
        return new Login(token, null, Instant.EPOCH);
    }

    private static @Nullable String tokenOf(@Nullable Login login) {
        return login == null ? null : login.token();
    }
}
