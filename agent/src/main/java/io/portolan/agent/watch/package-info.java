/** Kubernetes in: informers of Services, EndpointSlices, the own Node and the own NodeProxy. */
@NullMarked
package io.portolan.agent.watch;

import org.jspecify.annotations.NullMarked;
