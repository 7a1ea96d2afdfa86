package dev.pushbridge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mockito.Mockito;

/** The watch over all tests would notice a leak. */
final class LeakWatchTest {
    private final ExtensionContext context = Mockito.mock(ExtensionContext.class);

    @Test
    void leakFailsTheClassThatItIsFoundAfter() {
        LeakWatch.leak("forgotten by this test");

        assertThatThrownBy(() -> new LeakWatch().afterAll(context))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("forgotten by this test")
                .hasMessageContaining("LeakWatch.leak(");
    }

    @Test
    void leakIsToldOnce() {
        LeakWatch.leak("forgotten once by this test");

        assertThat(LeakWatch.takeLeaks()).singleElement().asString().contains("forgotten once by this test");
        assertThat(LeakWatch.takeLeaks()).isEmpty();
    }

    @Test
    void everyBufferOfThisRunIsWatched() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }
}
