package dev.pushbridge.settings;

import org.springframework.boot.web.server.PortInUseException;

/** A port cannot be listened on because something else has it. Knows the property that chooses another. */
public final class TakenPortException extends PortInUseException {
    private final String property;

    public TakenPortException(String property, int port, Throwable cause) {
        super(port, cause);
        this.property = property;
    }

    String property() {
        return property;
    }
}
