package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import io.portolan.e2e.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The application of the demo (sample-app.yaml): servers, Services, and a client Pod on each node.
 */
public final class SampleApp {
  /** Its namespace. */
  public static final String NAMESPACE = "demo";

  /** NodePort of the Service {@code echo}, TCP and UDP. */
  public static final int NODE_PORT = 30080;

  /**
   * When a call has failed. A busy machine is slow, which is no failure; a packet that met no rule
   * is lost for longer: conntrack remembers that its connection is not translated.
   */
  private static final String CALL = "30s";

  private static final Duration SETTLING = Duration.ofSeconds(40);
  private static final Duration PODS = Duration.ofMinutes(1);

  private final Cluster cluster;
  private final Kubectl kubectl;

  private SampleApp(Cluster cluster) {
    this.cluster = cluster;
    this.kubectl = new Kubectl(cluster);
  }

  /** Applies the manifest and waits until all Pods are ready. */
  public static SampleApp on(Cluster cluster) {
    var app = new SampleApp(cluster);
    app.kubectl.apply(manifest());
    app.waitForPods();
    return app;
  }

  /** Sets the number of server Pods, without waiting. */
  public void scale(int replicas) {
    kubectl.run("-n", NAMESPACE, "scale", "deployment/echo", "--replicas=" + replicas);
  }

  /** Waits until exactly so many server Pods are ready. */
  public void waitForServers(int replicas) {
    Waiting.on(replicas + " ready Pods of the sample app", PODS)
        .until(
            () -> {
              long ready = servers().stream().filter(SampleApp::ready).count();
              return ready == replicas && servers().size() == replicas
                  ? Optional.empty()
                  : Optional.of(ready + " of " + servers().size() + " are ready");
            });
  }

  /** The server Pods. */
  public List<Pod> servers() {
    return pods("echo");
  }

  /** The ClusterIP of a Service of the app, of the family that the node address has. */
  public String clusterIp(String service, boolean ipv6) {
    return clusterIp(cluster, NAMESPACE, service, ipv6);
  }

  static String clusterIp(Cluster cluster, String namespace, String service, boolean ipv6) {
    return cluster
        .client()
        .services()
        .inNamespace(namespace)
        .withName(service)
        .get()
        .getSpec()
        .getClusterIPs()
        .stream()
        .filter(ip -> ip.contains(":") == ipv6)
        .findFirst()
        .orElseThrow();
  }

  /** {@code host:port} or {@code [host]:port}. */
  public static String target(String address, int port) {
    return address.contains(":") ? "[" + address + "]:" + port : address + ":" + port;
  }

  /** Opens connections from the client Pod of a node, one after the other. */
  public EchoTotals call(Node from, String target, int count, String... options) {
    String pod = clientPod(from).getMetadata().getName();
    var arguments =
        new java.util.ArrayList<>(List.of("-n", NAMESPACE, "exec", pod, "--", "/echo", "call"));
    arguments.addAll(List.of("--count", Integer.toString(count), "--timeout", CALL));
    arguments.addAll(List.of(options));
    arguments.add(target);
    Output output = kubectl.attempt(arguments.toArray(String[]::new));
    if (output.text().isBlank()) {
      throw new IllegalStateException(
          "echo call to " + target + " said nothing: " + output.errors());
    }
    return EchoTotals.parse(output.text());
  }

  /** Starts a Pod on the node that opens connections to the targets all the time. */
  public Caller startCaller(String name, Node node, Duration interval, List<String> targets) {
    String args = String.join(", ", targets.stream().map(t -> "\"" + t + "\"").toList());
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          namespace: %s
          labels: {app: caller}
        spec:
          nodeName: %s
          terminationGracePeriodSeconds: 1
          restartPolicy: Never
          containers:
            - name: caller
              image: portolan.io/echo:dev
              imagePullPolicy: Never
              args: [run, --interval, %sms, --timeout, %s, --report, ":9000", %s]
        """
            .formatted(name, NAMESPACE, node.name(), interval.toMillis(), CALL, args));
    var caller = new Caller(name, node);
    Waiting.on("the first calls of " + name, PODS)
        .until(
            () ->
                caller.totals().values().stream().allMatch(t -> t.calls() > 10)
                    ? Optional.empty()
                    : Optional.of("fewer than 10 calls"));
    return caller;
  }

  /** A Pod that opens connections all the time. */
  public final class Caller implements AutoCloseable {
    private final String name;
    private final Node node;

    private Caller(String name, Node node) {
      this.name = name;
      this.node = node;
    }

    /** Address of the Pod. */
    public String ip() {
      Pod pod = cluster.client().pods().inNamespace(NAMESPACE).withName(name).get();
      return Objects.requireNonNull(pod.getStatus().getPodIP(), "the Pod has no address yet");
    }

    /** What it counted so far, by target; calls that have not ended are in no number. */
    public Map<String, EchoTotals> totals() {
      return report(ip());
    }

    /** The same once every call has ended that began before now. */
    public Map<String, EchoTotals> settledTotals() {
      return settledTotals(ip());
    }

    /** The same for a known address, without asking the API server. */
    public Map<String, EchoTotals> settledTotals(String ip) {
      Instant now = Instant.now();
      Waiting.on("the end of every call of " + name + " that began before " + now, SETTLING)
          .until(
              () ->
                  report(ip).values().stream().allMatch(t -> t.allEndedSince(now))
                      ? Optional.empty()
                      : Optional.of("some are open"));
      return report(ip);
    }

    private Map<String, EchoTotals> report(String ip) {
      Output output =
          node.execInNetwork("curl", "-sS", "-m", "5", "http://" + target(ip, 9000) + "/");
      if (!output.succeeded()) {
        throw new IllegalStateException("no report of " + name + ": " + output.errors());
      }
      return EchoTotals.parseReport(output.text());
    }

    /** Calls of all targets together, and those of them that failed. */
    public String summary() {
      Map<String, EchoTotals> totals = settledTotals();
      int calls = totals.values().stream().mapToInt(EchoTotals::calls).sum();
      return calls + " connections, " + failed(totals) + " failed";
    }

    /** Failed calls of all targets together. */
    public int failed() {
      return failed(settledTotals());
    }

    private int failed(Map<String, EchoTotals> totals) {
      return totals.values().stream().mapToInt(EchoTotals::failed).sum();
    }

    @Override
    public void close() {
      kubectl.attempt("-n", NAMESPACE, "delete", "pod", name, "--wait=true", "--timeout=30s");
    }
  }

  private Pod clientPod(Node node) {
    return pods("client").stream()
        .filter(p -> node.name().equals(p.getSpec().getNodeName()) && ready(p))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no client Pod on " + node.name()));
  }

  private List<Pod> pods(String app) {
    return cluster.client().pods().inNamespace(NAMESPACE).withLabel("app", app).list().getItems();
  }

  private void waitForPods() {
    int clients = cluster.nodes().size();
    Waiting.on("the Pods of the sample app", PODS)
        .until(
            () -> {
              long servers = servers().stream().filter(SampleApp::ready).count();
              long ready = pods("client").stream().filter(SampleApp::ready).count();
              return servers == 3 && ready == clients
                  ? Optional.empty()
                  : Optional.of(
                      servers
                          + " of 3 servers and "
                          + ready
                          + " of "
                          + clients
                          + " clients are ready");
            });
  }

  private static boolean ready(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static String manifest() {
    try (var in = Objects.requireNonNull(SampleApp.class.getResourceAsStream("sample-app.yaml"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
