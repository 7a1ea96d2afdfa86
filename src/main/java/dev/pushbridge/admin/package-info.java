/** For the operator: what the management port tells beyond health and metrics. */
@NullMarked
package dev.pushbridge.admin;

import org.jspecify.annotations.NullMarked;
