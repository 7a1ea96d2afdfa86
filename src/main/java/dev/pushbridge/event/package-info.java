/** The words of the bridge: what an event is, and how a record and a delivery can end. JDK only. */
@NullMarked
package dev.pushbridge.event;

import org.jspecify.annotations.NullMarked;
