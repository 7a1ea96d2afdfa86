package dev.pushbridge.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** The Chromium of this machine. */
public final class Browser {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");

    private Browser() {}

    /** Its executable. Where there is none, the test is skipped and says how to get one. */
    public static Path executable() {
        Optional<Path> found = find(System.getenv("CHROME"), System.getenv("PATH"));
        if (found.isEmpty()) {
            Assumptions.abort("skipped: no browser; looked for $CHROME and " + NAMES
                    + " on the path. To get one: apt-get install chromium");
        }
        return found.get();
    }

    static Optional<Path> find(@Nullable String chrome, @Nullable String path) {
        Stream<Path> chosen = Stream.ofNullable(chrome).map(Path::of);
        Stream<Path> installed = Stream.ofNullable(path)
                .flatMap(all -> Stream.of(all.split(File.pathSeparator)))
                .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)));
        return Stream.concat(chosen, installed).filter(Files::isExecutable).findFirst();
    }
}
