/** Who may log in: checks JSON Web Tokens, and knows which of them are revoked. The only package that knows JOSE. */
@NullMarked
package dev.pushbridge.security;

import org.jspecify.annotations.NullMarked;
