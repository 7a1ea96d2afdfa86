package dev.pushbridge.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.pushbridge.event.Frame;
import dev.pushbridge.event.Position;
import dev.pushbridge.event.ResyncReason;
import dev.pushbridge.event.SessionEnd;
import dev.pushbridge.session.Session;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A session without a connection, which keeps what comes to it. */
public final class Tab implements Session {
    private final String id;
    private final List<Frame> frames = new CopyOnWriteArrayList<>();
    private final List<ResyncReason> resyncs = new CopyOnWriteArrayList<>();
    private final List<SessionEnd> ends = new CopyOnWriteArrayList<>();

    public Tab(String id) {
        this.id = id;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void send(Frame frame) {
        frames.add(frame);
    }

    @Override
    public void resync(ResyncReason reason, Position now) {
        resyncs.add(reason);
    }

    @Override
    public CompletableFuture<Progress> progress() {
        return CompletableFuture.completedFuture(new Progress(0, "", 0));
    }

    @Override
    public void end(SessionEnd end) {
        ends.add(end);
    }

    public List<Frame> frames() {
        return frames;
    }

    /** The {@code data} of every push, as its JSON text. */
    public List<String> data() {
        return frames.stream().map(Tab::data).toList();
    }

    public List<ResyncReason> resyncs() {
        return resyncs;
    }

    public List<SessionEnd> ends() {
        return ends;
    }

    @Override
    public String toString() {
        return id;
    }

    /** The {@code data} of a push, as its JSON text. */
    public static String data(Frame frame) {
        String packet = new String(frame.packet(), UTF_8);
        return Json.parse(packet.substring(2)).path(1).path("data").toString();
    }
}
