package dev.pushbridge.http;

import dev.pushbridge.event.InvalidEventException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers what is not produced, with value and expectation. */
@RestControllerAdvice
final class Refusals {
    @ExceptionHandler
    ResponseEntity<Answer> notAnEvent(InvalidEventException e) {
        return Answer.refused(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<Answer> tooLarge(RecordBody.TooLargeException e) {
        return Answer.refused(HttpStatus.CONTENT_TOO_LARGE, String.valueOf(e.getMessage()));
    }

    /** What an HTML form of any web page could send is among these. */
    @ExceptionHandler
    ResponseEntity<Answer> notJson(HttpMediaTypeNotSupportedException e) {
        return Answer.refused(
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                "content-type: " + e.getContentType() + " (expected: " + MediaType.APPLICATION_JSON_VALUE + ")");
    }
}
