package dev.pushbridge.http;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * What stands before everything on an HTTP port. On both of them: the scan finds it for the public one, and the list in
 * {@code META-INF/spring} has it for the management port, which is an application of its own.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
class DoorConfiguration {
    @Bean
    FilterRegistrationBean<SecurityHeaders> securityHeaders() {
        FilterRegistrationBean<SecurityHeaders> filter = new FilterRegistrationBean<>(new SecurityHeaders());
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    @Bean
    FilterRegistrationBean<ForeignOriginFilter> foreignOrigins() {
        FilterRegistrationBean<ForeignOriginFilter> filter = new FilterRegistrationBean<>(new ForeignOriginFilter());
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
        return filter;
    }
}
