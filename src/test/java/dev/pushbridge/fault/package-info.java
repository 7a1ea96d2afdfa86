/** What breaks, over real processes: broker, nodes and stock clients, each fault counted at the clients. */
@NullMarked
package dev.pushbridge.fault;

import org.jspecify.annotations.NullMarked;
