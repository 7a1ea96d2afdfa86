/** Counted and timed: every meter's name, help and tags in one enum. The only package that knows Micrometer. */
@NullMarked
package dev.pushbridge.metrics;

import org.jspecify.annotations.NullMarked;
