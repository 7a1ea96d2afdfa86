package dev.pushbridge;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What the packages are, and what each may know. */
final class StructureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.pushbridge");

    /** Public for somebody outside of the bridge: the JVM, and who runs a node and asks for the port that it got. */
    private static final Set<String> PUBLIC_FOR_OTHERS =
            Set.of("dev.pushbridge.PushBridgeApplication", "dev.pushbridge.socket.SocketServer");

    @Test
    void packagesDoNotDependOnEachOtherInCircles() {
        slices().matching("dev.pushbridge.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void ingestAndSocketNeverMeet() {
        noClasses()
                .that()
                .resideInAPackage("..ingest..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..pushbridge.socket..")
                .check(MAIN);
        noClasses()
                .that()
                .resideInAPackage("..pushbridge.socket..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..ingest..")
                .check(MAIN);
    }

    @Test
    void kafkaStopsAtIngest() {
        onlyIn("ingest", "org.apache.kafka..", "org.springframework.kafka..", "org.springframework.boot.kafka..");
    }

    @Test
    void nettyStopsAtSocket() {
        onlyIn("socket", "io.netty..", "com.corundumstudio..");
    }

    @Test
    void metersStopAtMetrics() {
        onlyIn("metrics", "io.micrometer..");
    }

    @Test
    void eventKnowsNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage("..event..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.pushbridge.event..", "java..", "org.jspecify..")
                .check(MAIN);
    }

    @Test
    void replayKnowsNothingButTheJdkAndEvents() {
        classes()
                .that()
                .resideInAPackage("..replay..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.pushbridge.replay..", "dev.pushbridge.event..", "java..", "org.jspecify..")
                .check(MAIN);
    }

    @Test
    void everyPackageSaysWhatItIsAndIsNullMarked() throws IOException {
        Set<Path> packages;
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            packages = sources.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::getParent)
                    .collect(Collectors.toSet());
        }
        assertThat(packages).isNotEmpty().allSatisfy(directory -> {
            assertThat(directory.resolve("package-info.java"))
                    .content()
                    .startsWith("/** ")
                    .contains("@" + NullMarked.class.getSimpleName() + "\npackage ");
        });
    }

    @Test
    void typesArePublicOnlyForAnotherPackage() {
        Set<String> needlessly = MAIN.stream()
                .filter(type -> type.isTopLevelClass()
                        && type.getModifiers().contains(JavaModifier.PUBLIC)
                        && !PUBLIC_FOR_OTHERS.contains(type.getName()))
                .filter(type -> type.getDirectDependenciesToSelf().stream()
                        .map(dependency -> dependency.getOriginClass().getPackageName())
                        .allMatch(type.getPackageName()::equals))
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
        assertThat(needlessly)
                .as("public types that only their own package uses")
                .isEmpty();
    }

    @Test
    void logsGoThroughSlf4j() {
        NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(MAIN);
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
    }

    private static void onlyIn(String owner, String... foreign) {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.pushbridge." + owner + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(foreign)
                .check(MAIN);
    }
}
