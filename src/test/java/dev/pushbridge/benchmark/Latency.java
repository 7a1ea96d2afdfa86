package dev.pushbridge.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/**
 * How long events took from the producer's {@code send} to where they were read, by quantile.
 *
 * @param millis one for each of {@link #PERCENTILES}
 */
@SuppressWarnings("ArrayRecordComponent") // shown, never compared
record Latency(double[] millis) {
    static final double[] PERCENTILES = {50, 75, 90, 95, 99, 99.5, 99.9};

    private static final double MICROS_PER_MILLI = 1000;
    private static final byte[] SENT_AT = "\"sentAt\":".getBytes(US_ASCII);

    /** For microseconds up to an hour. Thread-safe. */
    static Histogram histogram() {
        return new SynchronizedHistogram(3_600_000_000L, 3);
    }

    static Latency of(Histogram micros) {
        return new Latency(DoubleStream.of(PERCENTILES)
                .map(percentile -> micros.getValueAtPercentile(percentile) / MICROS_PER_MILLI)
                .toArray());
    }

    /** Of each quantile the median. */
    static Latency median(List<Latency> rounds) {
        double[] medians = new double[PERCENTILES.length];
        for (int i = 0; i < medians.length; i++) {
            int quantile = i;
            medians[i] = Measured.median(
                    rounds.stream().map(round -> round.millis[quantile]).toList());
        }
        return new Latency(medians);
    }

    static Latency parse(String line) {
        return new Latency(
                Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray());
    }

    String line() {
        return DoubleStream.of(millis).mapToObj(String::valueOf).collect(Collectors.joining(" "));
    }

    double at(double percentile) {
        return millis[Arrays.binarySearch(PERCENTILES, percentile)];
    }

    /** Microseconds since 1970, on the one clock that all processes of the run share. */
    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    /** The event's {@code "sentAt":…}, or -1 if it has none. */
    static long sentAtMicros(byte[] event, int length) {
        for (int i = 0; i + SENT_AT.length < length; i++) {
            if (event[i] == '"' && Arrays.equals(event, i, i + SENT_AT.length, SENT_AT, 0, SENT_AT.length)) {
                long micros = 0;
                for (int d = i + SENT_AT.length; d < length && event[d] >= '0' && event[d] <= '9'; d++) {
                    micros = micros * 10 + event[d] - '0';
                }
                return micros;
            }
        }
        return -1;
    }
}
