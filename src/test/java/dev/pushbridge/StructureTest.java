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
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the packages are, and what each may know. */
final class StructureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.pushbridge");

    /** Public for somebody outside of the bridge: the JVM, and who runs a node and asks for the port that it got. */
    private static final Set<String> PUBLIC_FOR_OTHERS =
            Set.of("dev.pushbridge.PushBridgeApplication", "dev.pushbridge.socket.SocketServer");

    /** What a token is called where a record holds one. */
    private static final Set<String> TOKEN_NAMES = Set.of("token", "tokens", "tokenId", "jwt");

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

    /** What an operator asks for shows tokens, and is made for nothing else. */
    @Test
    void recordsThatHoldATokenDoNotShowIt() throws ReflectiveOperationException {
        String mark = "s3cr3t";
        List<String> holders = new ArrayList<>();
        for (JavaClass type : MAIN) {
            RecordComponent[] components =
                    type.isRecord() && !type.getPackageName().endsWith(".admin")
                            ? type.reflect().getRecordComponents()
                            : new RecordComponent[0];
            boolean isAnswer = type.getName().contains("Explainer$");
            if (isAnswer || Stream.of(components).noneMatch(StructureTest::isToken)) {
                continue;
            }
            Constructor<?> constructor = type.reflect()
                    .getDeclaredConstructor(
                            Stream.of(components).map(RecordComponent::getType).toArray(Class[]::new));
            constructor.setAccessible(true);
            Object holder = constructor.newInstance(
                    Stream.of(components).map(c -> sample(c, mark)).toArray());
            assertThat(holder.toString()).as(type.getName()).doesNotContain(mark);
            holders.add(type.getSimpleName());
        }
        assertThat(holders).contains("Login", "LoginForm", "Accepted", "Question", "PushEvent", "Kept", "Receipt");
    }

    private static boolean isToken(RecordComponent component) {
        return TOKEN_NAMES.contains(component.getName())
                && (component.getType() == String.class || component.getType() == List.class);
    }

    /** The mark, where it is a token. */
    private static @Nullable Object sample(RecordComponent component, String mark) {
        Class<?> type = component.getType();
        if (isToken(component)) {
            return type == List.class ? List.of(mark) : mark;
        }
        if (type.isPrimitive()) {
            return Array.get(Array.newInstance(type, 1), 0);
        }
        return null;
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
