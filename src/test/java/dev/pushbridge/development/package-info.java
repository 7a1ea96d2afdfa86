/** The bridge on one machine with a Kafka broker of its own: {@code mvn spring-boot:test-run}. Nothing of it is shipped. */
@NullMarked
package dev.pushbridge.development;

import org.jspecify.annotations.NullMarked;
