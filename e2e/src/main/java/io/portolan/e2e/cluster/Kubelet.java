package io.portolan.e2e.cluster;

import java.nio.file.Path;
import java.util.List;

/** kubelet of one node. */
final class Kubelet {
  private final Cache cache;
  private final ClusterFolder folder;
  private final Credentials credentials;
  private final Node node;

  Kubelet(Cache cache, ClusterFolder folder, Credentials credentials, Node node) {
    this.cache = cache;
    this.folder = folder;
    this.credentials = credentials;
    this.node = node;
  }

  Program start() {
    Path kubeconfig = credentials.kubeconfig(node.name());
    Path config = folder.write(config(), "nodes", node.name(), "kubelet.yaml");
    return node.start(
        "kubelet",
        List.of(
            cache.program("kubelet").toString(),
            "--config=" + config,
            "--kubeconfig=" + kubeconfig,
            "--hostname-override=" + node.name(),
            "--node-ip=" + node.ipv4() + "," + node.ipv6(),
            "--node-labels=topology.kubernetes.io/zone=" + node.zone()),
        "");
  }

  private String config() {
    // Pods with dnsPolicy Default ask CoreDNS directly: they must work without any proxy.
    Path resolver =
        folder.write(
            "nameserver " + Addresses.HOST_IPV4 + "\n", "nodes", node.name(), "resolv.conf");
    String serving = node.name() + "-serving";
    return """
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    authentication:
      anonymous: {enabled: false}
      webhook: {enabled: true}
      x509: {clientCAFile: %s}
    authorization: {mode: Webhook}
    tlsCertFile: %s
    tlsPrivateKeyFile: %s
    containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
    cgroupDriver: cgroupfs
    cgroupRoot: /%s
    failCgroupV1: false
    failSwapOn: false
    localStorageCapacityIsolation: false
    evictionHard: {memory.available: 50Mi}
    imageGCHighThresholdPercent: 100
    serializeImagePulls: false
    oomScoreAdj: 0
    clusterDomain: cluster.local
    clusterDNS: [%s]
    resolvConf: %s
    """
        .formatted(
            credentials.authority(),
            credentials.certificate(serving),
            credentials.key(serving),
            node.cgroup(),
            Addresses.DNS.getFirst(),
            resolver);
  }
}
