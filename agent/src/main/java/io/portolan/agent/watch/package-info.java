/**
 * Kubernetes in: streams of Services and EndpointSlices; informers of ServiceCIDRs, the own Node
 * and the own NodeProxy.
 */
@NullMarked
package io.portolan.agent.watch;

import org.jspecify.annotations.NullMarked;
