/** Event to sessions: the dispatcher, and the frame that all sockets of an event share. */
@NullMarked
package dev.pushbridge.delivery;

import org.jspecify.annotations.NullMarked;
