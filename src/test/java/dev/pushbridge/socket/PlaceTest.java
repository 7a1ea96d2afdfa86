package dev.pushbridge.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

/** What stays of a request with the WebSocket that it has become: of tens of thousands, nothing that nobody needs. */
final class PlaceTest {
    @Test
    void connectionOfNoProxyKeepsNothingOfIt() {
        try (TestNode node = TestNode.with()) {
            Raw.connected(node.port()).close();
            EmbeddedChannel channel = new EmbeddedChannel();
            WeakReference<Place> place = kept(node.front().admissions(), channel);

            await("the place to be forgotten").until(() -> {
                System.gc();
                return place.get() == null;
            });
            assertThat(channel.closeFuture().isDone()).isFalse();
            channel.finishAndReleaseAll();
        }
    }

    private static WeakReference<Place> kept(Admissions admissions, EmbeddedChannel channel) {
        Place place = admissions.placeOf(channel);
        assertThat(place.take(new DefaultHttpHeaders())).isTrue();
        place.keep();
        return new WeakReference<>(place);
    }
}
