package dev.pushbridge.settings;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Turns a taken port into one message that says which property chooses another. Comes before Spring Boot's own. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class TakenPortAnalyzer extends AbstractFailureAnalyzer<PortInUseException> {
    private final Environment environment;

    TakenPortAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, PortInUseException cause) {
        int port = cause.getPort();
        String argument = "--" + property(cause) + "=" + (port < 60_000 ? port + 10 : port - 10);
        return new FailureAnalysis(
                "Port " + port + " is taken by another process.",
                "Stop that process, or choose another port: " + argument + "\n(by Maven: -Dspring-boot.run.arguments="
                        + argument + ")",
                cause);
    }

    /** Tomcat does not say whose port it was: the page and the API have one, the management has the other. */
    private String property(PortInUseException cause) {
        if (cause instanceof TakenPortException taken) {
            return taken.property();
        }
        Integer management = environment.getProperty("management.server.port", Integer.class);
        return management != null && management == cause.getPort() ? "management.server.port" : "server.port";
    }
}
