/** What the integration tests stand on: a broker, bridges, and the clients that people use. */
@NullMarked
package dev.pushbridge.testkit;

import org.jspecify.annotations.NullMarked;
