package dev.pushbridge.ingest;

/** The broker did not confirm a record. The message names the topic and what Kafka says, and nothing of the record. */
final class PublishFailedException extends RuntimeException {
    PublishFailedException(String topic, Exception failure) {
        super("topic " + topic + " did not take the record: " + failure.getMessage(), failure);
    }
}
