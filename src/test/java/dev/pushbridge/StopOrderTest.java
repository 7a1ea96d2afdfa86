package dev.pushbridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.pushbridge.event.StopOrder;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/** Who stops when; Spring begins with the highest phase. */
final class StopOrderTest {
    @Test
    void phasesFallFromTheFirstToStopToTheLast_withTheWebServersBetween() {
        List<Integer> phases =
                Stream.of(StopOrder.values()).map(StopOrder::phase).toList();

        assertThat(phases)
                .isSortedAccordingTo((one, other) -> Integer.compare(other, one))
                .doesNotHaveDuplicates();
        assertThat(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE).isLessThan(StopOrder.GROUPS.phase());
        assertThat(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE).isGreaterThan(StopOrder.RECEIPTS.phase());
    }

    @Test
    void everyPartThatIsStartedAndStoppedHasItsPlace() {
        Set<JavaClass> parts = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.pushbridge").stream()
                        .filter(type -> type.isAssignableTo(SmartLifecycle.class))
                        .collect(Collectors.toSet());

        assertThat(parts)
                .isNotEmpty()
                .allSatisfy(part -> assertThat(part.getMethodCallsFromSelf())
                        .as("%s has a place in StopOrder", part.getName())
                        .anyMatch(call -> call.getTarget().getOwner().isEquivalentTo(StopOrder.class)));
    }
}
