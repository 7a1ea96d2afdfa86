/** What a browser engineer gets: the types, the helper and the README's snippets, compiled and run. */
@NullMarked
package dev.pushbridge.browser;

import org.jspecify.annotations.NullMarked;
