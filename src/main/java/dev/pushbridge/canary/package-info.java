/** A user of the bridge's own, who proves every few seconds that events get from the topic to a socket. */
@NullMarked
package dev.pushbridge.canary;

import org.jspecify.annotations.NullMarked;
