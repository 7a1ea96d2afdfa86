package dev.pushbridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** The page's way to what became of an event is no way around the management port. */
final class EventStoryControllerTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    true,  read-only, -,     true
                    true,  read-only, trust, true
                    true,  read-only, jwt,   false
                    true,  none,      trust, false
                    true,  -,         trust, false
                    false, read-only, trust, false
                    -,     read-only, trust, false
                    """)
    void isThereOnlyWherePageAndListingAreOnAndEverybodyIsBelieved(
            @Nullable String page, @Nullable String access, @Nullable String mode, boolean isThere) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            set(context, "push.page.enabled", page);
            set(context, "management.endpoint.push.access", access);
            set(context, "push.auth.mode", mode);
            context.register(EventStoryController.class);

            assertThat(context.containsBeanDefinition("eventStoryController")).isEqualTo(isThere);
        }
    }

    private static void set(AnnotationConfigApplicationContext context, String name, @Nullable String value) {
        if (value != null) {
            TestPropertyValues.of(name + "=" + value).applyTo(context);
        }
    }
}
