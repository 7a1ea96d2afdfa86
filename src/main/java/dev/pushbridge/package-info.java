/** The push bridge: takes events from Kafka to the browsers of the people they concern. */
@NullMarked
package dev.pushbridge;

import org.jspecify.annotations.NullMarked;
