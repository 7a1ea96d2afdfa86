package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.InvalidReason;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.settings.PushSettings.Validation;
import dev.pushbridge.shadow.Sightings;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What an event is: the decoder, and under {@code push.validation: full} the schemas. The tail and the dead letters share
 * one, so that they agree on every record: what is not pushed is dead-lettered, and nothing else is. Thread-safe.
 */
public final class EventReader {
    private final EventDecoder decoder;
    private final @Nullable DataValidator validator;
    private final @Nullable Sightings sightings;

    private EventReader(EventDecoder decoder, @Nullable DataValidator validator, @Nullable Sightings sightings) {
        this.decoder = decoder;
        this.validator = validator;
        this.sightings = sightings;
    }

    /** A reader for {@link Validation#ENVELOPE}. */
    static EventReader ofEnvelope(EventDecoder decoder) {
        return new EventReader(decoder, null, null);
    }

    /** A reader for {@link Validation#FULL}. */
    static EventReader ofEverything(EventDecoder decoder, DataValidator validator) {
        return new EventReader(decoder, validator, null);
    }

    /** One that tells of every record that it reads. */
    EventReader telling(Sightings told) {
        return new EventReader(decoder, validator, told);
    }

    /** Reads a record, as {@link #read(byte[])}. */
    PushEvent read(ConsumerRecord<?, byte[]> record) throws InvalidEventException {
        if (sightings == null) {
            return read(record.value());
        }
        int bytes = Math.max(0, record.serializedValueSize());
        try {
            PushEvent event = read(record.value());
            sightings.event(event.type(), event.tokens().size(), bytes, record.timestamp());
            return event;
        } catch (InvalidEventException e) {
            String place = record.topic() + "-" + record.partition() + "@" + record.offset();
            sightings.invalid(place, e.reason(), String.valueOf(e.getMessage()), bytes, record.timestamp());
            throw e;
        }
    }

    /**
     * Reads a record's value; the event shares its bytes. What the reading fails at is invalid too: it fails there on every
     * node and at every try, and would hold up all that comes behind it.
     *
     * @throws InvalidEventException if it is not an event; its message shows value and expectation, but no token and no data
     */
    public PushEvent read(byte @Nullable [] value) throws InvalidEventException {
        try {
            PushEvent event = decoder.decode(value);
            if (validator != null) {
                validator.check(event.type(), event.data());
            }
            return event;
        } catch (RuntimeException | StackOverflowError fault) {
            throw new InvalidEventException(
                    InvalidReason.FAULT,
                    "the bridge failed at it: " + name(fault) + " (expected: no fault; report it)");
        }
    }

    /** Its message may show what is in the record. */
    private static String name(Throwable fault) {
        StackTraceElement[] stack = fault.getStackTrace();
        return fault.getClass().getName() + (stack.length == 0 ? "" : " at " + stack[0]);
    }
}
