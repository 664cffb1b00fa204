package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Who is who in the cluster: all certificates, and a kubeconfig for each user. */
final class Credentials {
  private static final String CA = "ca";
  private static final String FRONT_PROXY = "front-proxy-ca";
  private static final List<String> API_NAMES =
      List.of(
          "DNS:kubernetes",
          "DNS:kubernetes.default",
          "DNS:kubernetes.default.svc",
          "DNS:kubernetes.default.svc.cluster.local",
          "DNS:localhost",
          "IP:" + Addresses.KUBERNETES_SERVICE,
          "IP:fd00:10:96::1",
          "IP:127.0.0.1",
          "IP:" + Addresses.HOST_IPV4,
          "IP:" + Addresses.HOST_IPV6);

  private final ClusterFolder folder;
  private final Certificates certificates;

  Credentials(ClusterFolder folder) {
    this.folder = folder;
    this.certificates = new Certificates(folder);
  }

  void make(int nodes) {
    certificates.authority(CA);
    certificates.authority(FRONT_PROXY);
    certificates.keyPair("service-account");
    List<Together.Step> rest = new ArrayList<>();
    rest.add(() -> certificates.person("admin", CA, "portolan-admin", "system:masters"));
    rest.add(() -> certificates.server("apiserver", CA, "kube-apiserver", API_NAMES));
    rest.add(
        () -> certificates.client("apiserver-to-kubelet", CA, "kube-apiserver", "system:masters"));
    rest.add(() -> certificates.client("front-proxy", FRONT_PROXY, "front-proxy"));
    for (String component : List.of("kube-controller-manager", "kube-scheduler", "kube-proxy")) {
      rest.add(() -> certificates.client(component, CA, "system:" + component));
    }
    rest.add(() -> certificates.client("coredns", CA, "system:coredns"));
    for (int number = 1; number <= nodes; number++) {
      String node = "node" + number;
      List<String> names =
          List.of(
              "DNS:" + node,
              "IP:" + Addresses.nodeIpv4(number),
              "IP:" + Addresses.nodeIpv6(number));
      rest.add(() -> certificates.client(node, CA, "system:node:" + node, "system:nodes"));
      rest.add(() -> certificates.server(node + "-serving", CA, node, names));
    }
    Together.run(rest);
  }

  Path authority() {
    return certificates.certificate(CA);
  }

  Path authorityKey() {
    return certificates.key(CA);
  }

  Path frontProxyAuthority() {
    return certificates.certificate(FRONT_PROXY);
  }

  Path certificate(String name) {
    return certificates.certificate(name);
  }

  Path key(String name) {
    return certificates.key(name);
  }

  Path serviceAccountPublicKey() {
    return certificates.publicKey("service-account");
  }

  /** The kubeconfig of a user whose client certificate has this name; complete in itself. */
  Path kubeconfig(String name) {
    return folder.write(
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: portolan
          cluster:
            server: https://%s:%d
            certificate-authority-data: %s
        users:
        - name: %s
          user:
            client-certificate-data: %s
            client-key-data: %s
        contexts:
        - name: portolan
          context: {cluster: portolan, user: %s}
        current-context: portolan
        """
            .formatted(
                Addresses.HOST_IPV4,
                Addresses.API_PORT,
                encoded(authority()),
                name,
                encoded(certificate(name)),
                encoded(key(name)),
                name),
        "kubeconfigs",
        name);
  }

  private static String encoded(Path file) {
    try {
      return Base64.getEncoder().encodeToString(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
