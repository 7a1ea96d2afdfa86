package dev.pushbridge.http;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/**
 * What the original server answered, and so what its clients look for.
 *
 * @param responseCode 0 when the broker has the record, 1 otherwise
 * @param data {@code OK!}, or what was wrong
 */
record Answer(int responseCode, String data) {
    static ResponseEntity<Answer> ok() {
        return ResponseEntity.ok(new Answer(0, "OK!"));
    }

    static ResponseEntity<Answer> refused(HttpStatus status, String why) {
        return ResponseEntity.status(status).body(new Answer(1, why));
    }
}
