package dev.pushbridge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-23T08:15:30Z",
                "2026-11-23t08:15:30z",
                "2026-11-23T08:15:30.250Z",
                "2026-11-23T08:15:30.123456789+23:59",
                "1990-12-31T23:59:60Z",
                "2024-02-29T00:00:00-00:00",
                "2000-02-29T00:00:00Z"
            })
    void dateTimes(String text) {
        assertThat(Rfc3339.isDateTime(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "today",
                "2026-11-23",
                "2026-11-23T08:15:30",
                "2026-11-23 08:15:30Z",
                "2026-11-23T08:15Z",
                "2026-13-23T08:15:30Z",
                "2026-00-23T08:15:30Z",
                "2026-04-31T08:15:30Z",
                "2023-02-29T08:15:30Z",
                "1900-02-29T08:15:30Z",
                "2026-11-23T24:15:30Z",
                "2026-11-23T08:60:30Z",
                "2026-11-23T08:15:61Z",
                "2026-11-23T08:15:30.Z",
                "2026-11-23T08:15:30.5",
                "2026-11-23T08:15:30+24:00",
                "2026-11-23T08:15:30+0100",
                "2026-11-23T08:15:30Zx",
                "٢٠٢٦-11-23T08:15:30Z"
            })
    void others(String text) {
        assertThat(Rfc3339.isDateTime(text)).isFalse();
    }
}
