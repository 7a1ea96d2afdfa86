package dev.pushbridge.settings;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Tells of a property that does not exist without its value, where its name looks like that of a secret: one letter too many
 * must not put the secret into the log. Comes before Spring Boot's own, which shows the value, and leaves it the rest.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnknownSecretAnalyzer extends AbstractFailureAnalyzer<BindException> {
    private static final List<String> SECRET = List.of("secret", "key", "token", "password", "jwt");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (!(cause.getCause() instanceof UnboundConfigurationPropertiesException unbound)
                || unbound.getUnboundProperties().stream().noneMatch(UnknownSecretAnalyzer::isSecret)) {
            return null;
        }
        String names = unbound.getUnboundProperties().stream()
                .map(property -> property.getName() + " (" + property.getOrigin() + ")")
                .collect(Collectors.joining("\n    "));
        return new FailureAnalysis("These properties do not exist:\n\n    " + names, "Correct their names.", cause);
    }

    private static boolean isSecret(ConfigurationProperty property) {
        String name = property.getName().toString().toLowerCase(Locale.ROOT);
        return SECRET.stream().anyMatch(name::contains);
    }
}
