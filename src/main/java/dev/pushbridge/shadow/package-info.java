/** Shadow mode: what a topic holds, and what it would cost, told by a node that serves nobody. */
@NullMarked
package dev.pushbridge.shadow;

import org.jspecify.annotations.NullMarked;
