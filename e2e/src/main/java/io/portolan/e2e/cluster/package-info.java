/**
 * A real Kubernetes on this machine: a control plane, nodes with containerd and kubelet, images
 * without a registry. Started by {@link io.portolan.e2e.cluster.Cluster#start}, by tests through
 * {@link io.portolan.e2e.cluster.ClusterExtension}, by people through {@link
 * io.portolan.e2e.cluster.Up} and {@link io.portolan.e2e.cluster.Down}.
 *
 * <p>Whatever is made outside the cluster's own folder is written to {@link
 * io.portolan.e2e.cluster.StateFile} first, so that it can be ended by anyone at any time.
 */
@NullMarked
package io.portolan.e2e.cluster;

import org.jspecify.annotations.NullMarked;
