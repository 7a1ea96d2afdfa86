/** Kafka in: record to event to dispatcher, and bad records to the dead-letter topic. The only package that knows Kafka. */
@NullMarked
package dev.pushbridge.ingest;

import org.jspecify.annotations.NullMarked;
