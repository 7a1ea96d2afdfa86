package com.example.backend;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.example.backend.SpringNotifications.Actor;
import com.example.backend.SpringNotifications.Like;
import com.example.backend.SpringNotifications.Post;
import dev.pushbridge.testkit.Bridge;
import dev.pushbridge.testkit.Broker;
import dev.pushbridge.testkit.Client;
import dev.pushbridge.testkit.ClientKind;
import dev.pushbridge.testkit.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;

/** The backend samples, as a backend runs them, and the browser at the other end. */
final class SamplesIT {
    /** The samples produce to the topic's default name, which no other test uses. */
    @RegisterExtension
    static final Bridge bridge = Bridge.on(Topic.create("push.events", 2));

    @Test
    void springsKafkaTemplateReachesTheBrowser() throws Exception {
        Client anna = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        anna.login("anna");
        SpringApplication backend = new SpringApplicationBuilder(Backend.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .build();
        try (ConfigurableApplicationContext context =
                backend.run("--spring.kafka.bootstrap-servers=" + Broker.servers())) {
            SpringNotifications notifications = context.getBean(SpringNotifications.class);

            notifications
                    .liked("anna", new Like(new Actor("7", "Ben"), new Post("42", "Sunset")))
                    .get(10, SECONDS);

            JsonNode push = anna.nextPush();
            assertThat(push.path("type").asString()).isEqualTo("like");
            assertThat(push.path("id").asString()).isEqualTo("like-42-7");
            assertThat(push.path("data").path("actor").path("name").asString()).isEqualTo("Ben");
            assertThat(push.path("data").path("post").path("title").asString()).isEqualTo("Sunset");
        }
    }

    @Test
    void plainJavaReachesTheBrowser() throws Exception {
        Client anna = bridge.open(ClientKind.NODE_4_WEBSOCKET);
        anna.login("anna");
        try (PlainNotifications notifications = new PlainNotifications(Broker.servers())) {
            notifications
                    .push("anna", "{\"tokens\":[\"anna\"],\"data\":\"You shall not pass !!!\"}")
                    .get(10, SECONDS);

            assertThat(anna.nextPush().path("data").asString()).isEqualTo("You shall not pass !!!");
        }
    }

    /** The backend's application. */
    @Configuration(proxyBeanMethods = false)
    @Import({KafkaAutoConfiguration.class, JacksonAutoConfiguration.class, SpringNotifications.class})
    static class Backend {}
}
