package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.springframework.util.unit.DataSize;

/**
 * Measures what {@code push.validation: full} costs over {@code envelope}: the median of CPU time per record, both in one
 * run and in turns, so that they meet the same machine. Run by hand:
 *
 * <pre>{@code
 * mvn -q -DskipTests test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.pushbridge.ingest.ValidationCost
 * }</pre>
 */
final class ValidationCost {
    private static final int ROUNDS = 60;
    private static final int WARM_UP_ROUNDS = 20;
    private static final int RECORDS = 20_000;
    private static final double NANOS_PER_MICRO = 1000;

    private ValidationCost() {}

    public static void main(String[] args) throws IOException, InvalidEventException {
        EventDecoder decoder = new EventDecoder(DataSize.ofKilobytes(512));
        EventReader envelope = EventReader.ofEnvelope(decoder);
        EventReader full = EventReader.ofEverything(decoder, DataValidator.load(null));
        for (String example : new String[] {"like", "comment", "follow", "own-type"}) {
            byte[] value = Files.readAllBytes(Path.of("schemas/examples/valid", example + ".json"));
            double[] envelopeMicros = new double[ROUNDS];
            double[] fullMicros = new double[ROUNDS];
            for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
                double envelopeCost = microsPerRecord(envelope, value);
                double fullCost = microsPerRecord(full, value);
                if (round >= 0) {
                    envelopeMicros[round] = envelopeCost;
                    fullMicros[round] = fullCost;
                }
            }
            System.out.printf(
                    "%-9s %4d bytes: envelope %.2f us, full %.2f us per record%n",
                    example, value.length, median(envelopeMicros), median(fullMicros));
        }
    }

    private static double microsPerRecord(EventReader reader, byte[] value) throws InvalidEventException {
        long start = cpuNanos();
        int tokens = 0;
        for (int i = 0; i < RECORDS; i++) {
            tokens += reader.read(value).tokens().size();
        }
        long nanos = cpuNanos() - start;
        if (tokens < RECORDS) { // uses the result, so that the work cannot be optimised away
            throw new AssertionError(tokens);
        }
        return nanos / NANOS_PER_MICRO / RECORDS;
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
