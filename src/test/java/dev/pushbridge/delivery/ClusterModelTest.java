package dev.pushbridge.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.event.RawJson;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import dev.pushbridge.replay.Cursor;
import dev.pushbridge.replay.ReplayWindow;
import dev.pushbridge.session.Login;
import dev.pushbridge.session.Session;
import dev.pushbridge.session.SessionRegistry;
import dev.pushbridge.settings.ResumeSettings;
import dev.pushbridge.testkit.Json;
import dev.pushbridge.testkit.Nowhere;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * A topic, two nodes that read its partitions in any order and restart, and clients that come, lose their connection with
 * what is on its way, and come back anywhere: every client has every event once and in order of its partition, or was told
 * that it may not. Against plain lists; a failure shows the seed.
 */
final class ClusterModelTest {
    private static final int PARTITIONS = 3;
    private static final int TOPIC = 99;
    private static final long KEEP = 400;
    /** No node is further behind than this, or two nodes would hardly agree on what is a repeat. */
    private static final long LAG = KEEP / 4;

    private Random random = new Random();
    private String when = "";
    private long now;
    private final List<List<Event>> topic = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private int recoveries;
    private int resyncs;

    static List<Long> seeds() {
        List<Long> seeds = new ArrayList<>(List.of(1L, 2L, 3L));
        for (int i = 0; i < 20; i++) {
            seeds.add(ThreadLocalRandom.current().nextLong());
        }
        return seeds;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyEventOnceAndInOrderOrTheClientIsTold(long seed) {
        random = new Random(seed);
        for (int p = 0; p < PARTITIONS; p++) {
            topic.add(new ArrayList<>());
        }
        nodes.add(new Node());
        nodes.add(new Node());
        for (int i = 0; i < 5; i++) {
            clients.add(new Client("token " + i % 3));
        }
        for (int step = 0; step < 4_000; step++) {
            when = "seed " + seed + ", step " + step;
            step();
            if (step % 500 == 499) {
                nodes.forEach(Node::catchUp);
                now += KEEP + 1;
            }
        }
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i).drop(0);
            nodes.forEach(Node::catchUp);
            clients.get(i).connect(nodes.get(i % nodes.size()));
            clients.get(i).receive(Integer.MAX_VALUE);
            clients.get(i).check();
        }
        if (seed == 1) { // that much happens at all; another seed may be a quiet one
            assertThat(recoveries).isGreaterThan(50);
            assertThat(resyncs).isGreaterThan(0);
        }
    }

    private void step() {
        now++;
        Client client = clients.get(random.nextInt(clients.size()));
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> produce();
            case 4, 5, 6, 7, 8, 9, 10 -> node.read(1 + random.nextInt(3));
            case 11, 12, 13 -> client.receive(1 + random.nextInt(3));
            case 14, 15 -> client.drop(random.nextInt(3));
            case 16, 17 -> client.connect(node);
            case 18 -> client.logout();
            default -> {
                if (random.nextInt(20) == 0) {
                    node.restart();
                }
            }
        }
        nodes.forEach(Node::keepUp);
    }

    private void produce() {
        List<Event> partition = topic.get(random.nextInt(PARTITIONS));
        Event repeated = random.nextInt(4) == 0 ? aRecentEvent() : null;
        int number = topic.stream().mapToInt(List::size).sum();
        if (repeated != null) {
            partition.add(new Event(repeated.key, repeated.tokens, now));
        } else {
            List<String> tokens = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                if (random.nextBoolean()) {
                    tokens.add("token " + i);
                }
            }
            partition.add(new Event("event " + number, tokens.isEmpty() ? List.of("nobody") : tokens, now));
        }
    }

    private @Nullable Event aRecentEvent() {
        List<Event> partition = topic.get(random.nextInt(PARTITIONS));
        for (int back = 1; back <= 3 && back <= partition.size(); back++) {
            Event event = partition.get(partition.size() - back);
            if (isOriginal(event) && event.time > now - KEEP / 4 && random.nextBoolean()) {
                return event;
            }
        }
        return null;
    }

    private boolean isOriginal(Event event) {
        return topic.stream()
                        .flatMap(List::stream)
                        .filter(other -> other.key.equals(event.key))
                        .count()
                == 1;
    }

    /** A record: the key is its id, the same for all repeats. */
    private record Event(String key, List<String> tokens, long time) {
        PushEvent asRead(int partition, int offset) {
            String data = "{\"p\":" + partition + ",\"o\":" + offset + ",\"key\":\"" + key + "\"}";
            return new PushEvent(tokens, "", RawJson.of(data), null, key, null);
        }
    }

    private final class Node {
        private final SessionRegistry registry = new SessionRegistry();
        private Dispatcher dispatcher = begun();
        private final int[] positions = new int[PARTITIONS];
        private final Set<Client> connected = new HashSet<>();

        private Dispatcher begun() {
            Dispatcher begun = new Dispatcher(
                    registry,
                    new ReplayWindow(Duration.ofMillis(KEEP), Duration.ofMillis(KEEP - LAG), 1 << 20),
                    new Nowhere(),
                    new PushMetrics(new SimpleMeterRegistry()),
                    new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                    Receipts.UNHEARD);
            begun.begin(TOPIC);
            for (int p = 0; p < PARTITIONS; p++) {
                begun.begin(p, 0);
            }
            begun.ready();
            return begun;
        }

        void read(int count) {
            for (int i = 0; i < count; i++) {
                int p = random.nextInt(PARTITIONS);
                if (positions[p] < topic.get(p).size()) {
                    readOne(p);
                }
            }
            dispatcher.flush();
        }

        private void readOne(int p) {
            int offset = positions[p]++;
            Event event = topic.get(p).get(offset);
            dispatcher.dispatch(p, offset, event.time, now, event.asRead(p, offset), null);
        }

        void catchUp() {
            for (int p = 0; p < PARTITIONS; p++) {
                while (positions[p] < topic.get(p).size()) {
                    readOne(p);
                }
            }
        }

        void keepUp() {
            for (int p = 0; p < PARTITIONS; p++) {
                while (positions[p] < topic.get(p).size() && topic.get(p).get(positions[p]).time < now - LAG) {
                    readOne(p);
                }
            }
        }

        /** Its clients lose their connections; it reads what was there before, in about the order of time. */
        void restart() {
            List.copyOf(connected).forEach(client -> client.drop(random.nextInt(3)));
            dispatcher = begun();
            dispatcher.begin(TOPIC);
            for (int p = 0; p < PARTITIONS; p++) {
                int start = 0;
                while (start < topic.get(p).size() && topic.get(p).get(start).time < now - 2 * KEEP) {
                    start++;
                }
                positions[p] = start;
                dispatcher.begin(p, start);
            }
            for (int p = earliest(); p >= 0; p = earliest()) {
                int offset = positions[p]++;
                Event event = topic.get(p).get(offset);
                dispatcher.refill(p, offset, event.time, event.time, event.asRead(p, offset));
            }
            dispatcher.ready();
            dispatcher.flush();
        }

        private int earliest() {
            int earliest = -1;
            for (int p = 0; p < PARTITIONS; p++) {
                if (positions[p] < topic.get(p).size() && (earliest < 0 || timeOf(p) < timeOf(earliest))) {
                    earliest = p;
                }
            }
            return earliest;
        }

        private long timeOf(int p) {
            return topic.get(p).get(positions[p]).time;
        }
    }

    /** What the client is owed since it first logged in, or since it was told that it may have missed something. */
    private final class Client {
        private final String token;
        private @Nullable Link link;
        private @Nullable Node node;
        private @Nullable String cursor;
        private int[] since = new int[PARTITIONS];
        private final List<JsonNode> received = new ArrayList<>();

        Client(String token) {
            this.token = token;
        }

        void connect(Node to) {
            if (link != null) {
                return;
            }
            Link connecting = new Link();
            Cursor from = cursor == null ? null : Cursor.of(cursor);
            boolean entered = to.dispatcher.enter(new Logins.Entry(
                    connecting,
                    new Login(token, null, Instant.EPOCH),
                    from,
                    new Logins.LoginAnswer() {
                        @Override
                        public void loggedIn(Logins.LoggedIn login) {
                            took(login, connecting, to);
                        }

                        @Override
                        public void tooMany(int limit) {
                            throw new AssertionError();
                        }

                        @Override
                        public void tooEarly() {
                            throw new AssertionError();
                        }
                    },
                    System.nanoTime()));
            assertThat(entered || isAhead(requireNonNull(cursor), to)).as(when).isTrue();
            if (entered) {
                link = connecting;
                node = to;
                to.connected.add(this);
            }
        }

        private void took(Logins.LoggedIn login, Link connecting, Node to) {
            if (cursor == null || login.resync() != null) {
                if (login.resync() != null) {
                    resyncs++;
                    assertThat(login.resync()).as(when).isEqualTo(ResyncReason.EXPIRED);
                    assertThat(isExpired())
                            .as(when + ": told of a gap that is none")
                            .isTrue();
                    check(); // up to here it has everything that was owed to it
                }
                since = to.positions.clone();
                received.clear();
                cursor = login.position().cursor();
            } else {
                recoveries++;
            }
            if (login.missed().remaining() == 0) {
                connecting.onItsWay.add(login.position().cursor());
            }
            while (login.missed().remaining() > 0) {
                connecting.onItsWay.add(login.missed().next());
            }
        }

        /** Whether anything that is after the cursor is so old that a node may have dropped it. */
        private boolean isExpired() {
            Cursor at = Cursor.of(requireNonNull(cursor));
            for (int p = 0; p < PARTITIONS; p++) {
                int offset = (int) position(at, p);
                if (offset < topic.get(p).size() && topic.get(p).get(offset).time < now - KEEP) {
                    return true;
                }
            }
            return false;
        }

        private boolean isAhead(String at, Node of) {
            for (int p = 0; p < PARTITIONS; p++) {
                if (position(Cursor.of(at), p) > of.positions[p]) {
                    return true;
                }
            }
            return false;
        }

        void receive(int count) {
            Link from = link;
            for (int i = 0; from != null && i < count && !from.onItsWay.isEmpty(); i++) {
                Object next = from.onItsWay.remove();
                if (next instanceof Frame frame) {
                    JsonNode packet = Json.parse(new String(frame.packet(), UTF_8).substring(2));
                    received.add(packet.path(1).path("data"));
                    cursor = packet.path(2).asString();
                } else {
                    cursor = (String) next;
                }
            }
        }

        /** Of what is on its way, the first still arrive. */
        void drop(int arriving) {
            Link broken = link;
            if (broken != null) {
                receive(arriving);
                requireNonNull(node).registry.logout(broken);
                requireNonNull(node).connected.remove(this);
                link = null;
            }
        }

        void logout() {
            if (link != null) {
                receive(Integer.MAX_VALUE);
                drop(0);
                check();
                cursor = null;
            }
        }

        /** What it has is what it is owed up to its cursor: nothing else, nothing twice, in order of each partition. */
        void check() {
            if (cursor == null) {
                return;
            }
            Cursor at = Cursor.of(cursor);
            int[] last = new int[] {-1, -1, -1};
            Set<String> keys = new HashSet<>();
            for (JsonNode data : received) {
                int p = data.path("p").asInt();
                assertThat(data.path("o").asInt()).as(when + ": order").isGreaterThan(last[p]);
                last[p] = data.path("o").asInt();
                assertThat(keys.add(data.path("key").asString()))
                        .as(when + ": twice " + data)
                        .isTrue();
            }
            assertThat(keys).as(when).isEqualTo(owed(at));
        }

        private Set<String> owed(Cursor until) {
            Set<String> before = new HashSet<>();
            Set<String> owed = new HashSet<>();
            for (int p = 0; p < PARTITIONS; p++) {
                for (int offset = 0; offset < position(until, p); offset++) {
                    Event event = topic.get(p).get(offset);
                    if (event.tokens.contains(token)) {
                        (offset < since[p] ? before : owed).add(event.key);
                    }
                }
            }
            owed.removeAll(before);
            return owed;
        }

        private long position(Cursor of, int partition) {
            return positionsIn(of)[partition];
        }
    }

    /** The cursor keeps its numbers to itself; its text for people has them. */
    private static long[] positionsIn(Cursor cursor) {
        String text = cursor.toString();
        return Json.parse(text.substring(text.indexOf('[')))
                .valueStream()
                .mapToLong(JsonNode::asLong)
                .toArray();
    }

    /** A session whose frames, and cursors alone, are on their way until the client takes them. */
    private static final class Link implements Session {
        private final Deque<Object> onItsWay = new ArrayDeque<>();

        @Override
        public String id() {
            return Integer.toHexString(System.identityHashCode(this));
        }

        @Override
        public void send(Frame frame) {
            onItsWay.add(frame);
        }

        @Override
        public void resync(ResyncReason reason, Position now) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<Progress> progress() {
            throw new AssertionError("nobody asks here");
        }

        @Override
        public void end(SessionEnd end) {
            throw new AssertionError();
        }
    }
}
