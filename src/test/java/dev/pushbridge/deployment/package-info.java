/** What an operator deploys: the image, the compose file and the Kubernetes sample, held against the code. */
@NullMarked
package dev.pushbridge.deployment;

import org.jspecify.annotations.NullMarked;
