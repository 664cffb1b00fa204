package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One Pod that runs {@code echo stress}.
 *
 * @param node where it runs
 * @param host whether it has the node's network in place of one of its own
 * @param flows what it does, in words, by the flow as the program is told it
 */
record StressClient(Node node, boolean host, Map<String, String> flows) {
  private static final int POD_PORT = 9100;

  /** On the node's network the port must be one that nobody else has. */
  private static final int HOST_PORT = 19_100;

  private static final List<String> KINDS =
      List.of("tcp/short", "tcp/long", "udp/short", "udp/long");
  private static final List<String> STICKY_KINDS =
      List.of("tcp/short/affinity", "udp/short/affinity");

  /**
   * A client that uses both Services by every way: ClusterIP and the node's NodePort, both
   * families.
   */
  static StressClient on(Node node, boolean host, StressApp app) {
    Map<String, String> flows = new LinkedHashMap<>();
    for (boolean ipv6 : List.of(false, true)) {
      String own = ipv6 ? node.ipv6() : node.ipv4();
      add(flows, KINDS, "ClusterIP", app.clusterIp(StressApp.PLAIN, ipv6), 80);
      add(flows, KINDS, "NodePort", own, StressApp.PLAIN_PORT);
      add(flows, STICKY_KINDS, "ClusterIP", app.clusterIp(StressApp.STICKY, ipv6), 80);
      add(flows, STICKY_KINDS, "NodePort", own, StressApp.STICKY_PORT);
    }
    return new StressClient(node, host, flows);
  }

  private static void add(
      Map<String, String> flows, List<String> kinds, String way, String address, int port) {
    for (String kind : kinds) {
      String flow = kind + "=" + SampleApp.target(address, port);
      flows.put(flow, kind + " by " + way + " " + SampleApp.target(address, port));
    }
  }

  String name() {
    return (host ? "host-" : "pod-") + node.name();
  }

  String manifest(Duration interval, List<String> servers) {
    String args =
        flows.keySet().stream().map(f -> "\"" + f + "\"").collect(Collectors.joining(", "));
    return """
    apiVersion: v1
    kind: Pod
    metadata:
      name: %s
      namespace: %s
      labels: {app: stress}
    spec:
      nodeName: %s
      hostNetwork: %s
      terminationGracePeriodSeconds: 1
      restartPolicy: Never
      tolerations: [{operator: Exists}]
      containers:
        - name: stress
          image: portolan.io/echo:dev
          imagePullPolicy: Never
          resources: {requests: {cpu: 150m}}
          args: [stress, --interval, %dms, --report, ":%d", --servers, "%s", %s]
    """
        .formatted(
            name(),
            StressApp.NAMESPACE,
            node.name(),
            host,
            interval.toMillis(),
            port(),
            String.join(",", servers),
            args);
  }

  /**
   * What it counted so far, by flow.
   *
   * @param podIp address of the Pod
   */
  Map<String, StressCounts> report(String podIp) {
    String target = SampleApp.target(host ? "127.0.0.1" : podIp, port());
    Output output = node.execInNetwork("curl", "-sS", "-m", "10", "http://" + target + "/");
    if (!output.succeeded()) {
      throw new IllegalStateException("no report of " + name() + ": " + output.errors());
    }
    return StressCounts.parseReport(output.text());
  }

  private int port() {
    return host ? HOST_PORT : POD_PORT;
  }
}
