package io.portolan.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** How the service proxies of a set of nodes must work. Cluster-scoped. */
@Group("portolan.io")
@Version("v1alpha1")
@Kind("ProxyConfig")
@Singular("proxyconfig")
@Plural("proxyconfigs")
@ShortNames("pxc")
public class ProxyConfig extends CustomResource<ProxyConfigSpec, ProxyConfigStatus> {}
