package dev.pushbridge.ingest;

import dev.pushbridge.event.RecordOutcome;
import dev.pushbridge.metrics.PushMetrics;

/** Counts the records of a batch one by one, and tells the metrics of them together. One thread's. */
final class RecordTally {
    private final PushMetrics metrics;
    private int consumed;
    private int dispatched;
    private int offline;
    private int duplicate;
    private int invalid;
    private int failed;

    RecordTally(PushMetrics metrics) {
        this.metrics = metrics;
    }

    void consumed() {
        consumed++;
    }

    void ended(RecordOutcome outcome) {
        switch (outcome) {
            case DISPATCHED -> dispatched++;
            case OFFLINE -> offline++;
            case DUPLICATE -> duplicate++;
            case INVALID -> invalid++;
            case FAILED -> failed++;
        }
    }

    /** Tells of those since the last time. */
    void report() {
        metrics.recordsConsumed(consumed);
        report(RecordOutcome.DISPATCHED, dispatched);
        report(RecordOutcome.OFFLINE, offline);
        report(RecordOutcome.DUPLICATE, duplicate);
        report(RecordOutcome.INVALID, invalid);
        report(RecordOutcome.FAILED, failed);
        consumed = 0;
        dispatched = 0;
        offline = 0;
        duplicate = 0;
        invalid = 0;
        failed = 0;
    }

    private void report(RecordOutcome outcome, int count) {
        if (count > 0) {
            metrics.records(outcome, count);
        }
    }
}
