/** Tests of what comes in from Kafka. */
@NullMarked
package dev.pushbridge.ingest;

import org.jspecify.annotations.NullMarked;
