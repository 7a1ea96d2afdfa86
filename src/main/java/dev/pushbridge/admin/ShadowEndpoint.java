package dev.pushbridge.admin;

import dev.pushbridge.shadow.Sightings;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/** {@code /actuator/shadow} on the management port, in shadow mode: what was seen so far. It shows no token and no data. */
@Component
@Endpoint(id = "shadow")
@ConditionalOnBooleanProperty("push.shadow")
final class ShadowEndpoint {
    private final Sightings sightings;

    ShadowEndpoint(Sightings sightings) {
        this.sightings = sightings;
    }

    @ReadOperation
    public Sightings.Report report() {
        return sightings.report();
    }
}
