package dev.pushbridge.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pushbridge.event.InvalidEventException;
import dev.pushbridge.event.PushEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Holds the scanner against the parser: what it reads, the parser reads alike. */
class EnvelopeScannerTest {
    private static final Path EXAMPLES = Path.of("schemas/examples");
    /** What makes other JSON of JSON, or none. */
    private static final String[] PIECES = {
        "\"",
        "\\",
        "\\\"",
        "\\u00e9",
        "\\ud800",
        "\\ud83d\\ude00",
        "\\u12",
        "\\x",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "0",
        "-",
        "01",
        "1.",
        ".5",
        "1e+5",
        "E",
        "null",
        "true",
        "false",
        "nul",
        " ",
        "\t",
        "\n",
        "\u0001",
        "\u007f",
        "é",
        "😀",
        "\"a\":1",
        "\"\\udc00\":",
        "\"id\":",
        "\"tokens\":[",
        "[[",
        "]]",
        "{}",
        "[]",
        "\"\"",
        "\"data\":",
        "NaN",
        "'",
        "/**/",
        "\u0000",
        "\ufeff"
    };

    private final EventDecoder decoder = new EventDecoder(DataSize.ofKilobytes(512));

    @Test
    void everyExampleIsReadWithoutAParser() throws Exception {
        for (Path example : examples("valid")) {
            assertThat(EnvelopeScanner.read(Files.readAllBytes(example)))
                    .as(example.toString())
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"tokens\":[\"a\"],\"entityType\":\"\\u0061\"}",
                "{\"t\\u006fkens\":[\"b\"],\"tokens\":[\"a\"],\"type\":null}",
                "{\"tokens\":[\"a\"],\"id\":null,\"id\":null}",
                "{\"tokens\":[\"a\"],\"data\":1,\"data\":1}",
                "\ufeff{\"tokens\":[\"a\"]}",
                "{\"tokens\":[\"a\"],\"data\":{\"\\ud800\":1}}",
                "{\"tokens\":[\"a\"],\"other\":[{\"a\":1,\"\\u0061\":1}]}",
                "{\"tokens\":null}",
                "{}"
            })
    void unusualRecordsAreForTheParser(String value) {
        assertThat(EnvelopeScanner.read(value.getBytes(UTF_8))).isNull();
    }

    @Test
    void noExampleOfABadRecordIsRead() throws Exception {
        for (Path example : examples("invalid")) {
            byte[] value = Files.readAllBytes(example);
            if (Utf8.firstInvalid(value) < 0) {
                assertThat(parse(value)).as(example.toString()).isEqualTo(scan(value));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatItReadsTheParserReadsAlike(long seed) throws Exception {
        List<byte[]> seeds = new ArrayList<>();
        for (Path example : examples("valid")) {
            seeds.add(Files.readAllBytes(example));
        }
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] value = changed(seeds.get(random.nextInt(seeds.size())), random);
            String scanned = Utf8.firstInvalid(value) < 0 ? scan(value) : null;
            if (scanned != null) {
                read++;
                assertThat(parse(value))
                        .as("seed %s, case %s: %s", seed, i, text(value))
                        .isEqualTo(scanned);
            }
        }
        assertThat(read).as("values that it read").isGreaterThan(1_000);
    }

    /** One to three places changed: a byte of it, a piece put in or over, a part taken out or said twice. */
    private static byte[] changed(byte[] original, Random random) {
        StringBuilder text = new StringBuilder(new String(original, ISO_8859_1));
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(12));
            String piece = latin1(PIECES[random.nextInt(PIECES.length)]);
            switch (random.nextInt(5)) {
                case 0 -> text.insert(at, piece);
                case 1 -> text.replace(at, to, piece);
                case 2 -> text.delete(at, to);
                case 3 -> text.insert(at, text.substring(at, to));
                default ->
                    text.replace(at, Math.min(text.length(), at + 1), String.valueOf((char) random.nextInt(256)));
            }
        }
        return text.toString().getBytes(ISO_8859_1);
    }

    private static String latin1(String piece) {
        return new String(piece.getBytes(UTF_8), ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64, 65, 200})
    void dataThatIsDeepIsReadAllTheSame(int depth) throws Exception {
        String data = "[{\"a\":".repeat(depth / 2) + "[".repeat(depth % 2) + "1" + "]".repeat(depth % 2)
                + "}]".repeat(depth / 2);
        byte[] value = ("{\"tokens\":[\"a\"],\"data\":" + data + "}").getBytes(UTF_8);
        assertThat(EnvelopeScanner.read(value) == null).isEqualTo(depth > 64);
        assertThat(decoder.decode(value).data()).hasToString(data);
        byte[] wrong = ("{\"tokens\":[\"a\"],\"data\":" + data.replace("1", "1}") + "}").getBytes(UTF_8);
        assertThat(EnvelopeScanner.read(wrong)).isNull();
    }

    /** A quote, a backslash or a control character ends the run of plain ones wherever among eight it stands. */
    @Test
    void specialCharactersAreSeenInEveryPlace() {
        for (int before = 0; before < 20; before++) {
            for (String special : new String[] {"\u0000", "\u001f", "\\", "\\u00zz"}) {
                String text = "é~\u007f ".repeat(before) + "x".repeat(before) + special + "y".repeat(20);
                assertThat(scan(("{\"tokens\":[\"a\"],\"data\":\"" + text + "\"}").getBytes(UTF_8)))
                        .as(text)
                        .isNull();
            }
            String plain = "é~\u007f ".repeat(before) + "\\\"\\u00E9" + "x".repeat(before);
            assertThat(EnvelopeScanner.read(("{\"tokens\":[\"a\"],\"data\":\"" + plain + "\"}").getBytes(UTF_8)))
                    .isNotNull()
                    .extracting(event -> event.data().toString())
                    .isEqualTo('"' + plain + '"');
        }
    }

    private static List<Path> examples(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(EXAMPLES.resolve(folder))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static @Nullable String scan(byte[] value) {
        PushEvent event = EnvelopeScanner.read(value);
        return event == null ? null : shown(event);
    }

    private @Nullable String parse(byte[] value) {
        try {
            return shown(decoder.parse(value));
        } catch (InvalidEventException e) {
            return null;
        }
    }

    private static String shown(PushEvent event) {
        return event.tokens() + " " + event.entityType() + " " + event.data() + " " + event.type() + " " + event.id()
                + " " + event.occurredAt();
    }

    private static String text(byte[] value) {
        return new String(value, UTF_8);
    }
}
