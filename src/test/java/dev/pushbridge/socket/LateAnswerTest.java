package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.metrics.PushMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An application that takes its time: what may come before its answer, and in which order everything happens then. */
final class LateAnswerTest {
    private final LateApplication application = new LateApplication();
    private final SocketServer server =
            TestNode.server(application, new PushMetrics(new SimpleMeterRegistry()), "limits.packets-per-second", "0");

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void connectIsAnsweredLater() {
        try (Wire wire = Wire.v4(server.port())) {
            Due connect = asked(wire, "40", "connect /");
            assertThat(wire.isQuiet()).isTrue();
            connect.answer();
            assertThat(wire.next()).startsWith("40{\"sid\":");
        }
        awaitLog("connect /", "disconnected / CONNECTION_LOST");
    }

    @Test
    void otherNamespacesDoNotWait() {
        try (Wire wire = Wire.v4(server.port())) {
            Due main = asked(wire, "40", "connect /");
            Due other = asked(wire, "40/other,", "connect /other");
            other.answer();
            assertThat(wire.next()).startsWith("40/other,{\"sid\":");
            main.answer();
            assertThat(wire.next()).startsWith("40{\"sid\":");
        }
    }

    @Test
    void connectIsRefusedLater_andMayBeTriedAgain() {
        try (Wire wire = Wire.v4(server.port())) {
            asked(wire, "40", "connect /").refuse();
            assertThat(wire.next()).isEqualTo("44{\"message\":\"late\"}");
            asked(wire, "40", "connect /").answer();
            assertThat(wire.next()).startsWith("40{\"sid\":");
        }
    }

    @Test
    void eventBeforeTheAnswerToTheConnectIsAViolation() {
        try (Wire wire = Wire.v4(server.port())) {
            Due connect = asked(wire, "40", "connect /");
            wire.send("42[\"early\"]");
            assertThat(wire.closed()).isEqualTo("1002 protocol");
            connect.answer(); // nobody is there any more: in and out
        }
        awaitLog("connect /", "disconnected / PROTOCOL");
    }

    @Test
    void secondConnectBeforeTheAnswerToTheFirstIsAViolation() {
        try (Wire wire = Wire.v4(server.port())) {
            Due connect = asked(wire, "40", "connect /");
            wire.send("40");
            assertThat(wire.closed()).isEqualTo("1002 protocol");
            connect.refuse();
        }
        awaitLog("connect /");
    }

    @Test
    void whatComesWhileAnAnswerIsDueKeepsItsOrder() {
        try (Wire wire = connected()) {
            Due first = asked(wire, "421[\"slow\"]", "slow");
            wire.send("422[\"fast\"]")
                    .send("423[\"slow\"]")
                    .send("424[\"fast\"]")
                    .send("41");
            first.answer();
            assertThat(wire.next()).isEqualTo("431[\"done\"]");
            assertThat(wire.next()).isEqualTo("432[\"done\"]");
            next("slow").answer();
            assertThat(wire.next()).isEqualTo("433[\"done\"]");
            assertThat(wire.next()).isEqualTo("434[\"done\"]");
            awaitLog("connect /", "slow", "fast", "slow", "fast", "disconnected / null");
        }
    }

    @Test
    void violationDoesNotWaitItsTurn() {
        try (Wire wire = connected()) {
            Due slow = asked(wire, "421[\"slow\"]", "slow");
            wire.send("44{\"message\":\"only the server says so\"}");
            assertThat(wire.closed()).isEqualTo("1002 protocol");
            slow.answer();
        }
        awaitLog("connect /", "slow", "disconnected / PROTOCOL");
    }

    @Test
    void waitingPacketsAreBounded() {
        try (Wire wire = connected()) {
            Due first = asked(wire, "421[\"slow\"]", "slow");
            for (int i = 0; i <= 64; i++) {
                wire.send("42[\"fast\"]");
            }
            assertThat(wire.closed()).isEqualTo("1008 flood");
            first.answer();
        }
        awaitLog("connect /", "slow", "disconnected / FLOOD");
    }

    /** One message, and the packet that goes over it: here of 100 KB each, where 128 KB are one. */
    @Test
    void bytesOfWaitingPacketsAreBounded() {
        String text = "42[\"fast\",\"" + "x".repeat(100_000) + "\"]";
        try (Wire wire = connected()) {
            Due first = asked(wire, "421[\"slow\"]", "slow");
            wire.send(text).send(text).send("422[\"slow\"]");
            assertThat(wire.closed()).isEqualTo("1008 flood");
            first.answer();
        }
        awaitLog("connect /", "slow", "disconnected / FLOOD");
    }

    @Test
    void bytesOfWaitingAttachmentsAreBounded() {
        String packet = "451-[\"fast\",{\"_placeholder\":true,\"num\":0}]";
        try (Wire wire = connected()) {
            Due first = asked(wire, "421[\"slow\"]", "slow");
            byte[] attachment = new byte[100_000];
            wire.send(packet).send(attachment).send(packet).send(attachment);
            wire.send("422[\"slow\"]");
            assertThat(wire.closed()).isEqualTo("1008 flood");
            first.answer();
        }
        awaitLog("connect /", "slow", "disconnected / FLOOD");
    }

    @Test
    void waitingPacketsMayBeAsMuchAsOneMessage() {
        String text = "42[\"fast\",\"" + "x".repeat(100_000) + "\"]";
        try (Wire wire = connected()) {
            Due first = asked(wire, "421[\"slow\"]", "slow");
            wire.send(text).send("422[\"slow\"]");
            first.answer();
            assertThat(wire.next()).isEqualTo("431[\"done\"]");
            next("slow").answer();
            assertThat(wire.next()).isEqualTo("432[\"done\"]");
        }
    }

    @Test
    void endWhileAnAnswerIsDueIsHeardAfterIt_once() {
        Wire wire = connected();
        Due slow = asked(wire, "421[\"slow\"]", "slow");
        wire.send("42[\"fast\"]");
        wire.close();
        await().untilAsserted(() -> assertThat(server.sessions()).isZero());
        assertThat(application.log).containsExactly("connect /", "slow");
        slow.answer();
        awaitLog("connect /", "slow", "disconnected / CONNECTION_LOST");
    }

    private Wire connected() {
        Wire wire = Wire.v4(server.port());
        asked(wire, "40", "connect /").answer();
        assertThat(wire.next()).startsWith("40{\"sid\":");
        return wire;
    }

    private Due asked(Wire wire, String packet, String expected) {
        wire.send(packet);
        return next(expected);
    }

    private Due next(String expected) {
        try {
            Due due = application.due.poll(10, TimeUnit.SECONDS);
            assertThat(due).as(expected).isNotNull();
            assertThat(due.what).isEqualTo(expected);
            return due;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void awaitLog(String... entries) {
        await().untilAsserted(() -> assertThat(application.log).containsExactly(entries));
    }

    /** Something that the application has not answered yet. */
    private record Due(String what, NamespaceSocket socket, Runnable yes, Runnable no) {
        void answer() {
            socket.run(yes);
        }

        void refuse() {
            socket.run(no);
        }
    }

    private static final class LateApplication implements SocketApplication {
        private static final List<JsonNode> DONE = List.of(JsonNodeFactory.instance.stringNode("done"));

        final List<String> log = new CopyOnWriteArrayList<>();
        final BlockingQueue<Due> due = new LinkedBlockingQueue<>();

        @Override
        public void connecting(NamespaceSocket socket, ObjectNode auth, Admission admission) {
            String what = "connect " + socket.namespace();
            log.add(what);
            due.add(new Due(what, socket, admission::letIn, () -> admission.refuse(new Refusal("late", null))));
        }

        @Override
        public void event(NamespaceSocket socket, String name, List<JsonNode> arguments, Ack ack) {
            log.add(name);
            if (name.equals("slow")) {
                ack.later();
                due.add(new Due(name, socket, () -> ack.send(DONE), () -> {}));
            } else {
                ack.send(DONE);
            }
        }

        @Override
        public void disconnected(NamespaceSocket socket, @Nullable SessionEnd end) {
            log.add("disconnected " + socket.namespace() + " " + end);
        }
    }
}
