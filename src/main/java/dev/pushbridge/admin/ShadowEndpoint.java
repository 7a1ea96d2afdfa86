package dev.pushbridge.admin;

import dev.pushbridge.shadow.Shadow;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.stereotype.Component;

/** {@code /actuator/shadow} on the management port, in shadow mode: what was seen so far. It shows no token and no data. */
@Component
@Endpoint(id = "shadow")
@ConditionalOnBooleanProperty("push.shadow")
final class ShadowEndpoint {
    private final Shadow shadow;

    ShadowEndpoint(Shadow shadow) {
        this.shadow = shadow;
    }

    @ReadOperation
    public Shadow.Report report() {
        return shadow.report();
    }
}
