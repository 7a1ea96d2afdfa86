package dev.pushbridge.event;

/**
 * How far a node has read the topic.
 *
 * @param cursor the text that clients know the place by: ASCII that needs no escape in JSON
 * @param sequence its rank among the positions of this node; the larger, the further
 */
public record Position(String cursor, long sequence) {}
