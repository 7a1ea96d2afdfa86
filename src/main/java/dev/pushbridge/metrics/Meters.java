package dev.pushbridge.metrics;

/** Every meter of the bridge: its name as Micrometer has it, its tag, and what it counts. */
public enum Meters {
    READY("push.ready", "", "1 while this node is ready: it takes clients and reads the topic; else 0"),
    CANARY_AGE("push.canary.age.seconds", "", "Age of the newest canary that came back, or 0 while there is none"),
    CANARY_LIMIT("push.canary.limit.seconds", "", "Age over which it makes this node not ready"),
    RECORDS_CONSUMED("push.records.consumed", "", "Records that this node read from the topic"),
    RECORDS("push.records", "outcome", "Records by how they ended on this node"),
    DELIVERIES_STARTED("push.deliveries.started", "", "Deliveries (one event to one session) handed to sessions"),
    DELIVERIES("push.deliveries", "outcome", "Deliveries by how they ended"),
    DELIVERIES_UNACCOUNTED("push.deliveries.unaccounted", "", "Deliveries that have not ended yet; 0 at rest"),
    RECOVERIES("push.recoveries", "", "Logins of clients that said where they were and have missed nothing"),
    REPLAYS("push.replays", "", "Deliveries of what such clients had missed; they are among the started deliveries"),
    RESYNCS("push.resyncs", "reason", "Clients that were told that they may have missed events"),
    REPLAY_EVENTS("push.replay.events", "", "Events in the replay window"),
    REPLAY_BYTES("push.replay.bytes", "", "Bytes of the replay window"),
    REPLAY_AGE("push.replay.age.seconds", "", "Age of the oldest event in the replay window, or 0"),
    LATENCY("push.latency", "", "From the record's timestamp until a delivery of it was written; a sample"),
    HOPS("push.latency.hops", "hop", "The same in its parts, and until the client has acknowledged; a sample"),
    ACKNOWLEDGEMENTS("push.acknowledgements", "", "Acknowledgements that clients have sent"),
    TAIL_LAG_RECORDS("push.tail.lag.records", "", "Records of the topic that the tail has still before it"),
    TAIL_LAG_SECONDS("push.tail.lag.seconds", "", "How late the tail reads, or 0 at the end of the topic"),
    DEAD_LETTERS("push.dead.letters", "reason", "Records that this node wrote to the dead-letter topic"),
    UNDELIVERED("push.undelivered", "what", "Records that this node wrote to the topic of undelivered events"),
    RECEIPTS_LOST("push.receipts.lost", "", "Receipts that this node could not write; their events may be handed over"),
    DEAD_LETTER_FAILURES(
            "push.dead.letter.failures", "", "Attempts to write dead letters that failed; each is repeated"),
    DEAD_LETTERS_LOST(
            "push.dead.letters.lost",
            "",
            "Records that the topic dropped, events or not, before the dead letters held among them could be written"),
    DEAD_LETTERS_HELD(
            "push.dead.letters.held.seconds", "", "Age of the hold while dead letters cannot be written, or 0"),
    LOGINS("push.logins", "result", "Logins that clients asked for, by what came of them"),
    SESSIONS("push.sessions", "", "Sessions that are logged in"),
    TOKENS("push.tokens", "", "Tokens with at least one session"),
    CONNECTIONS("push.connections", "", "TCP connections of the Socket.IO port"),
    CONNECTIONS_LIMIT("push.connections.limit", "", "TCP connections that are let in, or 0 for no limit"),
    OPEN_SESSIONS("push.sessions.open", "", "Sessions that are open, logged in or not"),
    SESSIONS_ENDED("push.sessions.ended", "reason", "Sessions by how they ended"),
    REQUESTS_REFUSED("push.requests.refused", "reason", "HTTP requests and connections that were not let in"),
    LOGINS_REFUSED("push.logins.refused", "reason", "Logins that were refused"),
    REVOCATIONS("push.revocations", "outcome", "Records of the revocations by how they ended on this node"),
    REVOCATIONS_HELD("push.revocations.held", "", "Revocations that this node holds against logins"),
    BACKLOG_BYTES("push.backlog.bytes", "", "Bytes that wait for slow clients"),
    BACKLOG_LIMIT("push.backlog.limit.bytes", "", "Bytes that may wait for all clients together"),
    LOOP_TASKS("push.loops.tasks", "", "Tasks that wait for their event loop"),
    NETTY_DIRECT("push.netty.direct.bytes", "", "Direct memory that Netty's allocator holds, in use or spare"),
    NETTY_HEAP("push.netty.heap.bytes", "", "Heap memory that Netty's allocator holds, in use or spare");

    private final String meter;
    private final String tag;
    private final String help;

    Meters(String meter, String tag, String help) {
        this.meter = meter;
        this.tag = tag;
        this.help = help;
    }

    /** The meter's name in dots; Prometheus shows it in underscores, a counter with {@code _total}. */
    public String meter() {
        return meter;
    }

    /** The one tag, or "" for none. */
    public String tag() {
        return tag;
    }

    public String help() {
        return help;
    }
}
