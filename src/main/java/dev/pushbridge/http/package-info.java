/** The public HTTP port, opened on demand: {@code POST /api} for producers, and the page to try the bridge on. */
@NullMarked
package dev.pushbridge.http;

import org.jspecify.annotations.NullMarked;
