/** Tests of the public HTTP port. */
@NullMarked
package dev.pushbridge.http;

import org.jspecify.annotations.NullMarked;
