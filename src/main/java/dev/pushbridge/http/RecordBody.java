package dev.pushbridge.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.util.unit.DataSize;

/** Reads a request's body up to the size of the largest record, and no byte more than it takes to know that. */
final class RecordBody {
    private final int maxBytes;

    RecordBody(DataSize maxRecordSize) {
        maxBytes = Math.toIntExact(maxRecordSize.toBytes());
    }

    byte[] read(HttpServletRequest request) throws IOException {
        if (request.getContentLengthLong() > maxBytes) {
            throw new TooLargeException(request.getContentLengthLong() + " bytes", maxBytes);
        }
        byte[] body = request.getInputStream().readNBytes(maxBytes + 1);
        if (body.length > maxBytes) {
            throw new TooLargeException("more than " + maxBytes + " bytes", maxBytes);
        }
        return body;
    }

    /** The body is larger than any event may be. */
    static final class TooLargeException extends RuntimeException {
        TooLargeException(String found, int maxBytes) {
            super("body: " + found + " (expected: at most " + maxBytes + ")", null, false, false);
        }
    }
}
