package dev.pushbridge.fault;

import dev.pushbridge.development.DevelopmentBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.springframework.util.FileSystemUtils;

/** A Kafka broker in a process of its own, which has its data again when it is started again. */
final class BrokerProcess extends ServerProcess {
    private final Path directory;

    BrokerProcess(String name) {
        super(name);
        try {
            directory = Files.createTempDirectory("push-bridge-faults-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String address() {
        return LOOPBACK + ":" + port();
    }

    @Override
    List<String> command() {
        return List.of(
                java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                // Where the tests run from a jar that names the others, the plugin keeps the real path here.
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                BrokerProcess.class.getName(),
                String.valueOf(port()),
                directory.toString());
    }

    @Override
    boolean isReady() {
        return accepts(port());
    }

    @Override
    public void close() {
        super.close();
        FileSystemUtils.deleteRecursively(directory.toFile());
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Runs the broker on the port, with its data in the directory, until the process is told to end. */
    public static void main(String[] args) throws InterruptedException {
        DevelopmentBroker broker = DevelopmentBroker.startIn(Path.of(args[1]), Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
        Thread.currentThread().join();
    }
}
