/** What an operator may set: one validated tree, {@code push.*}. */
@NullMarked
package dev.pushbridge.settings;

import org.jspecify.annotations.NullMarked;
