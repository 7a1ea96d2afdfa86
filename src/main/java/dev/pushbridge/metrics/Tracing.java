package dev.pushbridge.metrics;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Spans of single events, where their producer traces them and {@code management.tracing.export.enabled} is on. A trace is
 * never begun here: whether one is taken was decided where the event was made ({@code traceparent}, W3C Trace Context
 * section 3.2).
 */
final class Tracing {
    /** The header's one version has two characters each of version and flags: {@code 00-<trace>-<span>-<flags>}. */
    private static final int TRACEPARENT_LENGTH = 55;

    private final @Nullable Tracer tracer;
    private final @Nullable Propagator propagator;

    Tracing(@Nullable Tracer tracer, @Nullable Propagator propagator) {
        this.tracer = tracer == Tracer.NOOP ? null : tracer;
        this.propagator = propagator;
    }

    boolean isOn() {
        return tracer != null && propagator != null;
    }

    /** Whether the producer takes a trace: the lowest bit of the flags. */
    static boolean isSampled(String traceparent) {
        return traceparent.length() >= TRACEPARENT_LENGTH
                && (Character.digit(traceparent.charAt(TRACEPARENT_LENGTH - 1), 16) & 1) == 1;
    }

    /** Begins a span under the producer's; null if there is no trace to belong to. */
    @Nullable Span begin(String traceparent, String name, Map<String, String> tags, long startMillis) {
        if (propagator == null || !isSampled(traceparent)) {
            return null;
        }
        Span.Builder builder = propagator
                .extract(traceparent, (header, key) -> key.equals("traceparent") ? header : null)
                .name(name)
                .kind(Span.Kind.CONSUMER)
                .startTimestamp(startMillis, MILLISECONDS);
        tags.forEach(builder::tag);
        return builder.start();
    }

    /** A span under another one, from then until now. */
    @Nullable Span past(@Nullable Span parent, String name, Map<String, String> tags, long startMillis) {
        if (parent == null || tracer == null) {
            return null;
        }
        Span.Builder builder =
                tracer.spanBuilder().setParent(parent.context()).name(name).startTimestamp(startMillis, MILLISECONDS);
        tags.forEach(builder::tag);
        Span span = builder.start();
        span.end();
        return span;
    }

    /** Runs the step so that what it measures can be traced back to the span: as an exemplar. */
    void within(@Nullable Span span, Runnable step) {
        if (span == null || tracer == null) {
            step.run();
            return;
        }
        Tracer.SpanInScope scope = tracer.withSpan(span);
        try {
            step.run();
        } finally {
            scope.close();
        }
    }
}
