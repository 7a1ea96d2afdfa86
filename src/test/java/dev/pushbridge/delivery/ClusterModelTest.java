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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * A topic that loses records and is made anew, two nodes that read its partitions in any order and restart, and clients that
 * come, lose their connection with what is on its way, and come back anywhere, with the cursor that they have or an older
 * one, shown with the connect or after it: after every step a client has every event once and in order of its partition, or
 * was told that it may not. Against plain lists; a failure shows the seed.
 */
final class ClusterModelTest {
    private static final int PARTITIONS = 3;
    private static final long KEEP = 400;
    /** No node is further behind than this, or two nodes would hardly agree on what is a repeat. */
    private static final long LAG = KEEP / 4;
    /** What a node's window may take. */
    private static final int BYTES = 32 << 10;
    /** Two slabs: what is as much younger than the window's oldest may be gone from it, or not. */
    private static final int ABOUT = 8 << 10;
    /** More than the window takes. */
    private static final int FLOOD = 12;
    /** Beside its data, an event in a window takes no more. */
    private static final int OVERHEAD = 400;
    /** Older cursors that a client may still show. */
    private static final int KEPT_CURSORS = 4;

    private Random random = new Random();
    private String when = "";
    private long now;
    private final List<Topic> topics = new ArrayList<>();
    private int events;
    /** No event from before is repeated any more: the nodes may have forgotten it. */
    private long forgotten;
    /** What a node has never read: a repeat of it is new there, and is not elsewhere. */
    private final Set<String> lost = new HashSet<>();

    private final List<Node> nodes = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private int recoveries;
    private final Map<ResyncReason, Integer> resyncs = new EnumMap<>(ResyncReason.class);
    private int lateCursors;

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
        topics.add(new Topic());
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
            clients.get(i).comeBack(nodes.get(i % nodes.size()));
            clients.get(i).receive(Integer.MAX_VALUE);
        }
        if (seed == 1) { // that much happens at all; another seed may be a quiet one
            assertThat(recoveries).isGreaterThan(50);
            assertThat(lateCursors).isGreaterThan(3);
            assertThat(resyncs.keySet())
                    .containsExactlyInAnyOrder(
                            ResyncReason.EXPIRED, ResyncReason.TOPIC, ResyncReason.LATE, ResyncReason.LOST);
        }
    }

    private void step() {
        now++;
        Client client = clients.get(random.nextInt(clients.size()));
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(25)) {
            case 0, 1, 2, 3, 4 -> produce("");
            case 5, 6, 7, 8, 9, 10, 11 -> node.read(1 + random.nextInt(3));
            case 12, 13, 14, 15 -> client.receive(1 + random.nextInt(3));
            case 16, 17 -> client.drop(random.nextInt(3));
            case 18, 19, 20 -> client.connect(node);
            case 21, 22 -> client.logInAgain();
            case 23 -> client.logout();
            default -> rarely(node);
        }
        nodes.forEach(Node::keepUp);
    }

    private void rarely(Node node) {
        switch (random.nextInt(30)) {
            case 0 -> node.restart();
            case 1, 2 -> flood();
            case 3, 4, 5, 6 -> lose(random.nextInt(PARTITIONS));
            case 7 -> replaceTopic();
            default -> {}
        }
    }

    private Topic topic() {
        return topics.get(topics.size() - 1);
    }

    private void produce(String filling) {
        List<Event> partition = topic().partitions.get(random.nextInt(PARTITIONS));
        Event repeated = random.nextInt(4) == 0 ? aRecentEvent() : null;
        if (repeated != null) {
            partition.add(new Event(repeated.key, repeated.tokens, now, filling));
        } else {
            List<String> tokens = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                if (random.nextBoolean()) {
                    tokens.add("token " + i);
                }
            }
            partition.add(new Event("event " + events++, tokens.isEmpty() ? List.of("nobody") : tokens, now, filling));
        }
    }

    private @Nullable Event aRecentEvent() {
        List<Event> partition = topic().partitions.get(random.nextInt(PARTITIONS));
        for (int back = 1; back <= 3 && back <= partition.size(); back++) {
            Event event = partition.get(partition.size() - back);
            boolean isRecent = event.time > Math.max(forgotten, now - KEEP / 4);
            if (isRecent && isOriginal(event) && random.nextBoolean()) {
                return event;
            }
        }
        return null;
    }

    private boolean isOriginal(Event event) {
        return topic().partitions.stream()
                        .flatMap(List::stream)
                        .filter(other -> other.key.equals(event.key))
                        .count()
                == 1;
    }

    /** So much at once that the windows keep little else. */
    private void flood() {
        nodes.forEach(Node::catchUp);
        forgotten = now;
        for (int i = 0; i < FLOOD; i++) {
            produce("x".repeat(3500));
        }
        nodes.forEach(Node::catchUp);
    }

    /** Some nodes do not find what they have not read yet. */
    private void lose(int partition) {
        int end = topic().partitions.get(partition).size();
        int start = Math.min(end, nodes.get(random.nextInt(nodes.size())).positions[partition] + 1 + random.nextInt(3));
        nodes.forEach(node -> node.lose(partition, start));
    }

    /** Somebody deletes the topic and makes it anew, and all nodes notice. */
    private void replaceTopic() {
        nodes.forEach(Node::catchUp);
        topics.add(new Topic());
        nodes.forEach(Node::beginAnew);
    }

    private static final class Topic {
        private final List<List<Event>> partitions = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** A record: the key is its id, the same for all repeats. */
    private record Event(String key, List<String> tokens, long time, String filling) {
        PushEvent asRead(int partition, int offset) {
            String data =
                    "{\"p\":" + partition + ",\"o\":" + offset + ",\"key\":\"" + key + "\",\"f\":\"" + filling + "\"}";
            return new PushEvent(tokens, "", RawJson.of(data), null, key, null);
        }

        int mostBytes() {
            return filling.length() + OVERHEAD;
        }
    }

    private final class Node {
        private final SessionRegistry registry = new SessionRegistry();
        private final int[] positions = new int[PARTITIONS];
        /** By partition, the first offset that it has read since its start or a loss. */
        private final int[] begins = new int[PARTITIONS];
        /** The most bytes that all events took that it had read by this one, by partition and offset. */
        private final List<Map<Integer, Long>> bytesBy = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());

        private long bytes;
        private final Set<Client> connected = new HashSet<>();
        private Dispatcher dispatcher = begun();

        private Dispatcher begun() {
            Dispatcher begun = new Dispatcher(
                    registry,
                    new ReplayWindow(Duration.ofMillis(KEEP), Duration.ofMillis(KEEP - LAG), BYTES),
                    new Nowhere(),
                    new PushMetrics(new SimpleMeterRegistry()),
                    new ResumeSettings(true, List.of(), Duration.ofHours(1)),
                    Receipts.UNHEARD);
            begun.begin(topics.size());
            for (int p = 0; p < PARTITIONS; p++) {
                begun.begin(p, 0);
            }
            begun.ready();
            return begun;
        }

        private List<Event> partition(int p) {
            return topic().partitions.get(p);
        }

        void read(int count) {
            for (int i = 0; i < count; i++) {
                int p = random.nextInt(PARTITIONS);
                if (positions[p] < partition(p).size()) {
                    readOne(p);
                }
            }
            dispatcher.flush();
        }

        private void readOne(int p) {
            int offset = positions[p]++;
            Event event = partition(p).get(offset);
            noteBytes(p, offset, event);
            dispatcher.dispatch(p, offset, event.time, now, event.asRead(p, offset), null);
        }

        private void noteBytes(int p, int offset, Event event) {
            bytesBy.get(p).put(offset, bytes);
            bytes += event.mostBytes();
        }

        void catchUp() {
            for (int p = 0; p < PARTITIONS; p++) {
                while (positions[p] < partition(p).size()) {
                    readOne(p);
                }
            }
        }

        void keepUp() {
            for (int p = 0; p < PARTITIONS; p++) {
                while (positions[p] < partition(p).size() && partition(p).get(positions[p]).time < now - LAG) {
                    readOne(p);
                }
            }
        }

        void lose(int p, int start) {
            if (positions[p] < start) {
                for (int offset = positions[p]; offset < start; offset++) {
                    lost.add(partition(p).get(offset).key);
                }
                positions[p] = start;
                begins[p] = start;
                dispatcher.lost(p, start);
            }
        }

        void beginAnew() {
            for (int p = 0; p < PARTITIONS; p++) {
                positions[p] = 0;
                begins[p] = 0;
                bytesBy.get(p).clear();
            }
            dispatcher.begin(topics.size());
            for (int p = 0; p < PARTITIONS; p++) {
                dispatcher.begin(p, 0);
            }
            dispatcher.ready();
        }

        /** Its clients lose their connections; it reads what was there before, in about the order of time. */
        void restart() {
            List.copyOf(connected).forEach(client -> client.drop(random.nextInt(3)));
            dispatcher = begun();
            dispatcher.begin(topics.size());
            for (int p = 0; p < PARTITIONS; p++) {
                int start = 0;
                while (start < partition(p).size() && partition(p).get(start).time < now - 2 * KEEP) {
                    start++;
                }
                positions[p] = start;
                begins[p] = start;
                dispatcher.begin(p, start);
            }
            for (int p = earliest(); p >= 0; p = earliest()) {
                int offset = positions[p]++;
                Event event = partition(p).get(offset);
                noteBytes(p, offset, event);
                dispatcher.refill(p, offset, event.time, event.time, event.asRead(p, offset));
            }
            dispatcher.ready();
            dispatcher.flush();
        }

        private int earliest() {
            int earliest = -1;
            for (int p = 0; p < PARTITIONS; p++) {
                if (positions[p] < partition(p).size() && (earliest < 0 || timeOf(p) < timeOf(earliest))) {
                    earliest = p;
                }
            }
            return earliest;
        }

        private long timeOf(int p) {
            return partition(p).get(positions[p]).time;
        }

        /** Whether anything from the place on is so old, or so much was read since, that it may be gone from the window. */
        boolean mayLack(Place from) {
            for (int p = 0; p < PARTITIONS; p++) {
                int offset = from.positions[p];
                if (offset < begins[p]) {
                    return true;
                }
                if (offset < positions[p]
                        && (partition(p).get(offset).time < now - KEEP
                                || bytes - bytesBy.get(p).getOrDefault(offset, 0L) > BYTES - ABOUT)) {
                    return true;
                }
            }
            return false;
        }

        boolean isBehind(Place place) {
            for (int p = 0; p < PARTITIONS; p++) {
                if (place.positions[p] > positions[p]) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A cursor as the model reads it; it keeps its numbers to itself, but its text for people has them. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Place(int topic, int[] positions) {
        static Place of(String cursor) {
            String text = Cursor.of(cursor).toString();
            int bracket = text.indexOf('[');
            return new Place(
                    Integer.parseInt(text.substring(0, bracket), 16),
                    Json.parse(text.substring(bracket))
                            .valueStream()
                            .mapToInt(JsonNode::asInt)
                            .toArray());
        }
    }

    /**
     * What a client has.
     *
     * @param since where it began, or was told that it may have missed something: from there on it is owed all
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Having(String cursor, int[] since, List<JsonNode> received) {}

    /** What is on its way to a client: the answer to a login, with what the client had when it showed its cursor. */
    private record Answered(Logins.LoggedIn login, @Nullable Having shown) {}

    private record Told(Position now) {}

    /** A page with a socket. */
    private final class Client {
        private final String token;
        private @Nullable Link link;
        private @Nullable Node node;
        private @Nullable String cursor;
        private int[] since = new int[PARTITIONS];
        private final List<JsonNode> received = new ArrayList<>();
        /** What it had before, the latest last. */
        private final Deque<Having> before = new ArrayDeque<>();
        /** The page shows this only after the connect; until it is answered there may be a hole behind it. */
        private @Nullable Having unanswered;

        Client(String token) {
            this.token = token;
        }

        private Having having() {
            return new Having(requireNonNull(cursor), since.clone(), List.copyOf(received));
        }

        private void goBackTo(Having having) {
            cursor = having.cursor;
            since = having.since.clone();
            received.clear();
            received.addAll(having.received);
            before.clear();
        }

        private @Nullable Having thisOrAnOlderOne() {
            if (cursor == null) {
                return null;
            }
            return before.isEmpty() || random.nextInt(3) > 0 ? having() : before.peekFirst();
        }

        void connect(Node to) {
            if (link != null) {
                return;
            }
            switch (random.nextInt(3)) {
                case 0 -> connect(to, new Login(token, null, Instant.EPOCH).asAnswered(), thisOrAnOlderOne());
                case 1 -> connect(to, new Login(token, null, Instant.EPOCH), thisOrAnOlderOne());
                default -> {
                    Having mine = thisOrAnOlderOne();
                    if (connect(to, new Login(token, null, Instant.EPOCH), null)) {
                        unanswered = mine;
                    }
                    if (random.nextBoolean() || (mine != null && to.isBehind(Place.of(mine.cursor)))) {
                        logInAgain(); // at once, or it gets what it has already while the node catches up
                    }
                }
            }
        }

        /** With what it has. */
        void comeBack(Node to) {
            connect(to, new Login(token, null, Instant.EPOCH).asAnswered(), cursor == null ? null : having());
        }

        private boolean connect(Node to, Login login, @Nullable Having shown) {
            Link connecting = new Link();
            boolean entered = enter(to, connecting, login, shown);
            assertThat(entered || to.isBehind(Place.of(requireNonNull(shown).cursor)))
                    .as(when)
                    .isTrue();
            if (entered) {
                link = connecting;
                node = to;
                to.connected.add(this);
            }
            return entered;
        }

        /** After the connect the page shows its cursor, if it has not yet, or the login is a fresh one of the same page. */
        void logInAgain() {
            Link on = link;
            if (on == null) {
                return;
            }
            Having shown = unanswered;
            if (shown == null && random.nextBoolean()) {
                shown = thisOrAnOlderOne();
            }
            Login login = new Login(token, null, Instant.EPOCH);
            enter(requireNonNull(node), on, shown == null ? login : login.asAnswered(), shown);
        }

        private boolean enter(Node to, Link by, Login login, @Nullable Having shown) {
            return to.dispatcher.enter(new Logins.Entry(
                    by,
                    login,
                    shown == null ? null : Cursor.of(shown.cursor),
                    new Logins.LoginAnswer() {
                        @Override
                        public void loggedIn(Logins.LoggedIn entered) {
                            assertThat(entered.goesOn() && !by.isIn).as(when).isFalse();
                            if (shown != null) {
                                judge(to, by, entered, Place.of(shown.cursor));
                            }
                            by.take(entered, shown);
                            by.isAnswered |= login.answered() || entered.resync() != null;
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
        }

        /** Nobody is told of a gap that is none, and who has been answered is not heard again. */
        private void judge(Node to, Link by, Logins.LoggedIn entered, Place shown) {
            ResyncReason resync = entered.resync();
            if (by.isAnswered) {
                assertThat(entered.goesOn()).as(when).isTrue();
                assertThat(resync).as(when).isNull();
                assertThat(entered.recovered()).as(when).isFalse();
                return;
            }
            assertThat(entered.recovered()).as(when).isEqualTo(resync == null);
            boolean isLegitimate = resync == null
                    || switch (resync) {
                        case EXPIRED -> to.mayLack(shown);
                        case TOPIC -> shown.topic != topics.size();
                        case LATE -> by.hasHadEvents;
                        default -> false;
                    };
            assertThat(isLegitimate)
                    .as("%s: told of a gap that is none: %s", when, resync)
                    .isTrue();
        }

        void receive(int count) {
            Link from = link;
            for (int i = 0; from != null && i < count && !from.onItsWay.isEmpty(); i++) {
                Object next = from.onItsWay.remove();
                if (next instanceof Frame frame) {
                    pushed(Json.parse(new String(frame.packet(), UTF_8).substring(2)));
                } else if (next instanceof Answered answer) {
                    answered(answer.login, answer.shown);
                } else if (next instanceof Told told) {
                    told(told.now);
                } else {
                    cursor = (String) next;
                }
                check();
            }
        }

        private void pushed(JsonNode packet) {
            received.add(packet.path(1).path("data"));
            cursor = packet.path(2).asString();
            if (unanswered == null && random.nextInt(3) == 0) {
                before.addLast(having());
                if (before.size() > KEPT_CURSORS) {
                    before.removeFirst();
                }
            }
        }

        private void answered(Logins.LoggedIn login, @Nullable Having shown) {
            if (login.resync() != null) {
                resyncs.merge(login.resync(), 1, Integer::sum);
                told(login.position());
            } else if (shown != null && login.recovered()) {
                recoveries++;
                lateCursors += unanswered == null ? 0 : 1;
                unanswered = null;
                if (!login.goesOn()) {
                    goBackTo(shown);
                }
            } else if (cursor == null) {
                told(login.position());
            }
        }

        /** It asks its backend for everything until now. */
        private void told(Position position) {
            unanswered = null;
            before.clear();
            received.clear();
            cursor = position.cursor();
            since = Place.of(position.cursor()).positions;
        }

        /** Of what is on its way, the first still arrive. */
        void drop(int arriving) {
            Link broken = link;
            if (broken != null) {
                receive(arriving);
                requireNonNull(node).registry.logout(broken);
                requireNonNull(node).connected.remove(this);
                link = null;
                if (unanswered != null) {
                    goBackTo(unanswered);
                    unanswered = null;
                }
            }
        }

        void logout() {
            if (link != null) {
                receive(Integer.MAX_VALUE);
                drop(0);
                check();
                cursor = null;
                before.clear();
            }
        }

        /** What it has is what it is owed up to its cursor: nothing else, nothing twice, in order of each partition. */
        void check() {
            if (cursor == null || unanswered != null) {
                return;
            }
            int[] last = new int[] {-1, -1, -1};
            Set<String> keys = new HashSet<>();
            for (JsonNode data : received) {
                int p = data.path("p").asInt();
                assertThat(data.path("o").asInt()).as(when + ": order").isGreaterThan(last[p]);
                last[p] = data.path("o").asInt();
                String key = data.path("key").asString();
                boolean isNew = keys.add(key);
                assertThat(isNew || lost.contains(key))
                        .as(when + ": twice " + data)
                        .isTrue();
            }
            keys.removeAll(lost);
            assertThat(keys).as(when).isEqualTo(owed(Place.of(cursor)));
        }

        private Set<String> owed(Place until) {
            Set<String> beforeThat = new HashSet<>();
            Set<String> owed = new HashSet<>();
            for (int p = 0; p < PARTITIONS; p++) {
                List<Event> partition = topics.get(until.topic - 1).partitions.get(p);
                for (int offset = 0; offset < until.positions[p]; offset++) {
                    Event event = partition.get(offset);
                    if (event.tokens.contains(token)) {
                        (offset < since[p] ? beforeThat : owed).add(event.key);
                    }
                }
            }
            owed.removeAll(beforeThat);
            owed.removeAll(lost);
            return owed;
        }
    }

    /** A session: what is on its way waits until the client takes it. */
    private final class Link implements Session {
        private final Deque<Object> onItsWay = new ArrayDeque<>();
        private boolean isIn;
        private boolean hasHadEvents;
        private boolean isAnswered;

        void take(Logins.LoggedIn login, @Nullable Having shown) {
            isIn = true;
            onItsWay.add(new Answered(login, shown));
            if (login.goesOn()) {
                assertThat(login.missed().remaining()).as(when).isZero();
                return;
            }
            if (login.missed().remaining() == 0) {
                onItsWay.add(login.position().cursor());
            }
            while (login.missed().remaining() > 0) {
                send(login.missed().next());
            }
        }

        @Override
        public String id() {
            return Integer.toHexString(System.identityHashCode(this));
        }

        @Override
        public void send(Frame frame) {
            onItsWay.add(frame);
            hasHadEvents = true;
        }

        @Override
        public void resync(ResyncReason reason, Position now) {
            resyncs.merge(reason, 1, Integer::sum);
            onItsWay.add(new Told(now));
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
