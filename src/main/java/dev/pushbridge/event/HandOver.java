package dev.pushbridge.event;

/** What can be written to the topic of undelivered events. */
public enum HandOver {
    /** The recipient did not take the event in time. */
    HANDED_OVER("handed_over"),
    /** The recipient took it after all, later. */
    TAKEN_BACK("taken_back");

    private final String word;

    HandOver(String word) {
        this.word = word;
    }

    /** The one name of this in metrics and the README. */
    public String word() {
        return word;
    }
}
