package dev.pushbridge.http;

import dev.pushbridge.socket.SocketServer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Serves the page's files at {@code /}, with headers that let them load from and speak to this bridge only. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("push.page.enabled")
class PageConfiguration implements WebMvcConfigurer {
    private final SocketServer sockets;

    PageConfiguration(SocketServer sockets) {
        this.sockets = sockets;
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/*.html", "/*.js", "/*.css", "/*.svg")
                .addResourceLocations("classpath:/page/")
                .setCacheControl(CacheControl.noCache());
        registry.addResourceHandler("/vendor/*")
                .addResourceLocations("classpath:/page/vendor/")
                .setCacheControl(CacheControl.noCache());
        registry.addResourceHandler("/client/*.js")
                .addResourceLocations("classpath:/page/client/")
                .setCacheControl(CacheControl.noCache());
    }

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        registry.addViewController("/").setViewName("forward:/index.html");
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new PageHeaders(sockets));
    }

    /** The page has no inline script or style and nothing from elsewhere; the socket is on another port of this host. */
    private record PageHeaders(SocketServer sockets) implements HandlerInterceptor {
        @Override
        public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
            String socket = request.getServerName() + ":" + sockets.port();
            response.setHeader(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http://"
                            + socket + " https://" + socket + " ws://" + socket + " wss://" + socket
                            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
            return true;
        }
    }
}
