/** The agent of one node: Kubernetes in, kernel out, status back. */
@NullMarked
package io.portolan.agent;

import org.jspecify.annotations.NullMarked;
