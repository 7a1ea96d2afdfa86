/** Socket.IO out: the only package that knows netty-socketio and Netty. */
@NullMarked
package dev.pushbridge.socket;

import org.jspecify.annotations.NullMarked;
