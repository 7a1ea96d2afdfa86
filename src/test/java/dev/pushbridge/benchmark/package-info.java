/** The load run: what a push costs, beside netty-socketio's own {@code sendEvent}: {@code mvn -Pbenchmark verify}. */
@NullMarked
package dev.pushbridge.benchmark;

import org.jspecify.annotations.NullMarked;
