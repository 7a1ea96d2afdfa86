package dev.pushbridge.ingest;

/** The date-time of RFC 3339 section 5.6: {@code 2026-11-23T08:15:30.250Z}. */
final class Rfc3339 {
    private static final int[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    private Rfc3339() {}

    static boolean isDateTime(String text) {
        if (text.length() < 20 || !shaped(text, "0000-00-00T00:00:00")) {
            return false;
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        return month >= 1
                && month <= 12
                && day >= 1
                && day <= DAYS[month - 1]
                && (month != 2 || day < 29 || isLeap(year))
                && number(text, 11, 13) <= 23
                && number(text, 14, 16) <= 59
                && number(text, 17, 19) <= 60 // 60 is a leap second
                && isOffset(text, afterFraction(text));
    }

    /** Behind the seconds: a dot and digits, or nothing. */
    private static int afterFraction(String text) {
        int at = 19;
        if (text.charAt(at) != '.') {
            return at;
        }
        do {
            at++;
        } while (at < text.length() && isDigit(text.charAt(at)));
        return at == 20 ? text.length() : at; // a dot without digits leaves no room for an offset
    }

    private static boolean isOffset(String text, int at) {
        int length = text.length() - at;
        if (length == 1) {
            return text.charAt(at) == 'Z' || text.charAt(at) == 'z';
        }
        return length == 6
                && (text.charAt(at) == '+' || text.charAt(at) == '-')
                && shaped(text.substring(at + 1), "00:00")
                && number(text, at + 1, at + 3) <= 23
                && number(text, at + 4, at + 6) <= 59;
    }

    /** Whether the text begins like the pattern, in which 0 is any digit and T is T or t. */
    private static boolean shaped(String text, String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            char expected = pattern.charAt(i);
            char found = text.charAt(i);
            boolean fits = switch (expected) {
                case '0' -> isDigit(found);
                case 'T' -> found == 'T' || found == 't';
                default -> found == expected;
            };
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + (text.charAt(i) - '0');
        }
        return number;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLeap(int year) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
