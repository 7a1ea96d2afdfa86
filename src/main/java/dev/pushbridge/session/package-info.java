/** Who is here: the registry of open sessions by token. */
@NullMarked
package dev.pushbridge.session;

import org.jspecify.annotations.NullMarked;
