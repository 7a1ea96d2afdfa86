package dev.pushbridge.ingest;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import dev.pushbridge.settings.PushSettings.Validation;
import org.jspecify.annotations.Nullable;

/**
 * What an event is: the decoder, and under {@code push.validation: full} the schemas. The tail and the dead letters share
 * one, so that they agree on every record: what is not pushed is dead-lettered, and nothing else is. Thread-safe.
 */
public final class EventReader {
    private final EventDecoder decoder;
    private final @Nullable DataValidator validator;

    private EventReader(EventDecoder decoder, @Nullable DataValidator validator) {
        this.decoder = decoder;
        this.validator = validator;
    }

    /** A reader for {@link Validation#ENVELOPE}. */
    static EventReader ofEnvelope(EventDecoder decoder) {
        return new EventReader(decoder, null);
    }

    /** A reader for {@link Validation#FULL}. */
    static EventReader ofEverything(EventDecoder decoder, DataValidator validator) {
        return new EventReader(decoder, validator);
    }

    /**
     * Reads a record's value; the event shares its bytes.
     *
     * @throws InvalidEventException if it is not an event; its message shows value and expectation, but no token and no data
     */
    public PushEvent read(byte @Nullable [] value) throws InvalidEventException {
        PushEvent event = decoder.decode(value);
        if (validator != null) {
            validator.check(event.type(), event.data());
        }
        return event;
    }
}
