package io.portolan.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The service proxy of one node, named like the node. The spec is written by the operator alone,
 * the status by that node's agent alone. Cluster-scoped.
 */
@Group("portolan.io")
@Version("v1alpha1")
@Kind("NodeProxy")
@Singular("nodeproxy")
@Plural("nodeproxies")
@ShortNames("npx")
public class NodeProxy extends CustomResource<NodeProxySpec, NodeProxyStatus> {}
