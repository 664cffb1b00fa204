/** Kubernetes' own specs of the network, run against a cluster with Portolan or with kube-proxy. */
@NullMarked
package io.portolan.e2e.upstream;

import org.jspecify.annotations.NullMarked;
