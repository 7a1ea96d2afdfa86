package dev.pushbridge.testkit;

/** A fault that cannot even be logged, as one may be when the memory is full. */
@SuppressWarnings("serial")
public final class Unspeakable extends RuntimeException {
    @Override
    public String getMessage() {
        throw new NoClassDefFoundError("on purpose");
    }
}
