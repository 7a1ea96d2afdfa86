package dev.pushbridge.socket;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Measures what compression costs a WebSocket in memory: as many without it as with it, each of which has sent a message of
 * 2 KB and got one. Their clients are in the same process, and the same. A main class, because a measurement wants the
 * machine for itself.
 */
final class CompressionCost {
    private static final int WEBSOCKETS = 4000;
    private static final int ROUNDS = 3;
    private static final String TEXT = "Ben liked your photo. ".repeat(100);

    private CompressionCost() {}

    /** Bytes: the heap after a collection, and what of the process is in memory. */
    private record Memory(long heap, long resident) {
        static Memory now() throws IOException {
            System.gc();
            try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
                String resident = status.filter(line -> line.startsWith("VmRSS"))
                        .findAny()
                        .orElseThrow();
                return new Memory(
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                        Long.parseLong(resident.replaceAll("\\D", "")) << 10);
            }
        }

        Memory eachSince(Memory before) {
            return new Memory((heap - before.heap) / WEBSOCKETS, (resident - before.resident) / WEBSOCKETS);
        }
    }

    public static void main(String[] arguments) throws IOException {
        for (int round = 0; round <= ROUNDS; round++) { // the first one warms up
            Memory without = open("false", "X-Offers: nothing");
            Memory with = open("true", "Sec-WebSocket-Extensions: permessage-deflate");
            System.out.printf(
                    Locale.ROOT,
                    "round %d, bytes a WebSocket and its client: without heap %d, resident %d; with heap %d, resident %d%n",
                    round,
                    without.heap,
                    without.resident,
                    with.heap,
                    with.resident);
        }
        System.exit(0);
    }

    private static Memory open(String compression, String offer) throws IOException {
        try (TestNode node = TestNode.with(
                "compression", compression,
                "limits.handshakes-per-second", "0",
                "limits.connections", "0",
                "limits.sockets-per-token", "0")) {
            Memory before = Memory.now();
            List<Raw> clients = new ArrayList<>();
            for (int i = 0; i < WEBSOCKETS; i++) {
                Raw raw = Raw.webSocket(node.port(), Raw.WEBSOCKET, offer);
                clients.add(raw);
                String open = raw.next();
                String joined = raw.text("40{\"tokenId\":\"anna\"}").next();
                String event = "421[\"user_logout\",\"" + TEXT + "\"]";
                Raw said = compression.equals("true") ? raw.frame(0xC1, Raw.deflated(event)) : raw.text(event);
                String answer =
                        said.text("42[\"user_login\",{\"tokenId\":\"anna\"}]").next();
                if (!open.startsWith("0{") || !joined.startsWith("40{") || !answer.startsWith("431[{\"ok\":true")) {
                    throw new AssertionError(open + joined + answer);
                }
            }
            await().until(() -> node.registry().sessionCount() == WEBSOCKETS);
            node.push("anna", TEXT);
            for (Raw client : clients) {
                if (client.next().length() < 10) {
                    throw new AssertionError("no push");
                }
            }
            Memory each = Memory.now().eachSince(before);
            clients.forEach(Raw::close);
            node.awaitNobody();
            return each;
        }
    }
}
