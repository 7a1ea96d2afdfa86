/** What was lately sent: the bounded window, the cursor, and what somebody who comes back has missed. JDK and events only. */
@NullMarked
package dev.pushbridge.replay;

import org.jspecify.annotations.NullMarked;
