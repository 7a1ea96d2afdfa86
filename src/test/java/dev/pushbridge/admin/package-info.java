/** Tests of what the management port tells. */
@NullMarked
package dev.pushbridge.admin;

import org.jspecify.annotations.NullMarked;
