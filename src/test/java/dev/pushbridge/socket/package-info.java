/** Tests of the Socket.IO server. */
@NullMarked
package dev.pushbridge.socket;

import org.jspecify.annotations.NullMarked;
