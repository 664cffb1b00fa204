package io.portolan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * kube-proxy with the configuration that kubeadm writes, but for the limit of connections, which
 * belongs to the whole machine, and the address of its metrics.
 */
record KubeProxyContestant(Path program, Path folder, Path logs) implements Contestant {
  @Override
  public String title() {
    return "kube-proxy";
  }

  @Override
  public void prepare(Api api, Mode mode) {
    try {
      Files.writeString(
          folder.resolve("kube-proxy.kubeconfig"),
          """
          apiVersion: v1
          kind: Config
          clusters:
          - name: default
            cluster: {server: "https://%s:%d", certificate-authority: %s}
          users:
          - name: default
            user: {token: %s}
          contexts:
          - name: default
            context: {cluster: default, namespace: default, user: default}
          current-context: default
          """
              .formatted(
                  Testbed.API,
                  ControlPlane.PORT,
                  folder.resolve("certificates/apiserver.crt"),
                  ControlPlane.TOKEN));
      Files.writeString(config(mode), configuration(mode));
      Path legacy = Files.createDirectories(folder.resolve("legacy"));
      for (String family : List.of("iptables", "ip6tables")) {
        for (String suffix : List.of("", "-save", "-restore")) {
          Path link = legacy.resolve(family + suffix);
          if (!Files.isSymbolicLink(link)) {
            Files.createSymbolicLink(link, Path.of("/usr/sbin", family + "-legacy" + suffix));
          }
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot write kube-proxy's configuration", e);
    }
  }

  /** As kubeadm's kube-proxy ConfigMap has it: zero values are kube-proxy's own defaults. */
  private String configuration(Mode mode) {
    return """
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    bindAddress: 0.0.0.0
    clientConnection: {acceptContentTypes: "", burst: 0, contentType: "", kubeconfig: %s, qps: 0}
    clusterCIDR: %s
    configSyncPeriod: 0s
    conntrack: {maxPerCore: 0, min: null, tcpCloseWaitTimeout: null, tcpEstablishedTimeout: null}
    enableProfiling: false
    healthzBindAddress: ""
    hostnameOverride: n1
    iptables: {masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 0s, syncPeriod: 0s}
    nftables: {masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 0s, syncPeriod: 0s}
    metricsBindAddress: 0.0.0.0:%d
    mode: %s
    nodePortAddresses: null
    """
        .formatted(
            folder.resolve("kube-proxy.kubeconfig"), Population.PODS, metricsPort(), mode.word());
  }

  private Path config(Mode mode) {
    return folder.resolve("kube-proxy-" + mode.word() + ".yaml");
  }

  @Override
  public Running start(Mode mode) {
    String path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return Running.start(
        logs.resolve("kube-proxy.log"),
        List.of(
            "env",
            "-i",
            "PATH=" + (mode == Mode.IPTABLES ? folder.resolve("legacy") + ":" : "") + path,
            program.toString(),
            "--config=" + config(mode)));
  }

  @Override
  public OptionalDouble startup(Running running) {
    return OptionalDouble.empty();
  }

  /** More than its minSyncPeriod of one second, so that it can begin at once. */
  @Override
  public Duration pause() {
    return Duration.ofMillis(1050);
  }

  @Override
  public int metricsPort() {
    return 10249;
  }
}
