/** What a backend engineer writes: the README prints it from here. */
@NullMarked
package com.example.backend;

import org.jspecify.annotations.NullMarked;
