/** Tests of the canary. */
@NullMarked
package dev.pushbridge.canary;

import org.jspecify.annotations.NullMarked;
