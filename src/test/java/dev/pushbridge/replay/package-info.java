/** Tests of the replay window and the cursor. */
@NullMarked
package dev.pushbridge.replay;

import org.jspecify.annotations.NullMarked;
