package dev.pushbridge.ingest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers a record's tokens: each once, in the record's order. */
final class Recipients {
    /** Up to this many a linear search for a duplicate is cheaper than a hash set. */
    private static final int FEW = 16;

    private @Nullable String first;
    private List<String> few = List.of();
    private Set<String> many = Set.of();
    private int count;

    /** So many were added, duplicates included. */
    int count() {
        return count;
    }

    void add(String token) {
        count++;
        if (first == null) {
            first = token;
        } else if (count <= FEW) {
            addToFew(first, token);
        } else {
            addToMany(token);
        }
    }

    private void addToFew(String head, String token) {
        if (few.isEmpty()) {
            few = new ArrayList<>(4);
            few.add(head);
        }
        if (!few.contains(token)) {
            few.add(token);
        }
    }

    private void addToMany(String token) {
        if (many.isEmpty()) {
            many = new LinkedHashSet<>(few);
        }
        many.add(token);
    }

    /** The tokens; there is at least one. */
    List<String> list() {
        if (count > FEW) {
            return List.copyOf(many);
        }
        return few.isEmpty() && first != null ? List.of(first) : Collections.unmodifiableList(few);
    }
}
