package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Command;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Clients of every node, all the time, each by a way that the proxy of that node alone makes work:
 *
 * <ul>
 *   <li>a Pod of the node, through a ClusterIP of each IP family;
 *   <li>this machine, which is outside of the cluster, through the NodePort of the node;
 *   <li>this machine through a ClusterIP that it routes to the node, as networks do whose routers
 *       know the Service range. The endpoints are on other nodes too, and would answer this machine
 *       directly: without masquerading the answer is lost.
 * </ul>
 */
public final class Traffic implements AutoCloseable {
  private static final Duration POD_INTERVAL = Duration.ofMillis(20);
  private static final Duration OUTSIDE_INTERVAL = Duration.ofMillis(50);

  /** When a request from outside has failed. A busy machine is slow, which is no failure. */
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private static final Duration STARTED = Duration.ofMinutes(1);

  private final Cluster cluster;
  private final SampleApp app;
  private final Kubectl kubectl;
  private final List<Client> clients = new ArrayList<>();
  private final Map<String, Requests> earlier = new TreeMap<>();
  private final List<Runnable> endings = new ArrayList<>();

  /** A client of a node; its way is told in words. */
  private record Client(Node node, String way, Counter counter) {}

  /** Looks at what a client counted. */
  private interface Counter {
    /** Of all requests that began before now. */
    Requests settled();
  }

  /**
   * What became of the requests of one client.
   *
   * @param node the one whose proxy serves them
   * @param way for a person
   */
  public record Seen(Node node, String way, Requests requests) {
    /** Node and way, for a person. */
    public String client() {
      return node.name() + ": " + way;
    }

    @Override
    public String toString() {
      String first = requests.failures().stream().findFirst().map(f -> ", first " + f).orElse("");
      return "%s: %d of %d failed%s".formatted(client(), requests.failed(), requests.made(), first);
    }
  }

  private Traffic(Cluster cluster, SampleApp app) {
    this.cluster = cluster;
    this.app = app;
    this.kubectl = new Kubectl(cluster);
  }

  /** Starts all clients and waits until each has had an answer; the proxies must serve. */
  public static Traffic on(Cluster cluster, SampleApp app) {
    var traffic = new Traffic(cluster, app);
    try {
      cluster.nodes().forEach(traffic::start);
      traffic.awaitAnswers();
      return traffic;
    } catch (RuntimeException e) {
      traffic.close();
      throw e;
    }
  }

  private void start(Node node) {
    String routed = routedService(node);
    SampleApp.Caller pod =
        app.startCaller(
            "caller-" + node.name(),
            node,
            POD_INTERVAL,
            List.of(
                SampleApp.target(app.clusterIp("echo", false), 80),
                SampleApp.target(app.clusterIp("echo", true), 80)));
    endings.add(pod::close);
    clients.add(new Client(node, "Pod to ClusterIP", () -> total(pod.settledTotals())));
    outside(node, "outside to NodePort", node.ipv4(), SampleApp.NODE_PORT);
    outside(node, "outside to ClusterIP by this node", routed, 80);
  }

  private void outside(Node node, String way, String address, int port) {
    var client = new OutsideClient(address, port, OUTSIDE_INTERVAL, TIMEOUT);
    endings.add(client::close);
    clients.add(
        new Client(
            node,
            way,
            () -> {
              client.settle();
              return client.seen();
            }));
  }

  /** Makes a Service of its own, so that its address can be routed to this node. */
  private String routedService(Node node) {
    String name = "by-" + node.name();
    kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: %s}
        spec:
          selector: {app: echo}
          ports: [{name: http, port: 80, targetPort: http}]
        """
            .formatted(name, SampleApp.NAMESPACE));
    endings.add(
        () ->
            kubectl.attempt("-n", SampleApp.NAMESPACE, "delete", "service", name, "--timeout=30s"));
    String address = app.clusterIp(name, false);
    Waiting.on("the endpoints of " + name + " in the kernel of " + node.name(), STARTED)
        .until(
            () -> {
              long held =
                  new KernelView(node)
                      .endpointCount("ip", SampleApp.NAMESPACE + "/" + name + ":http");
              int servers = app.servers().size();
              return held == servers
                  ? Optional.empty()
                  : Optional.of(held + " of " + servers + " endpoints");
            });
    Command.of("ip", "route", "replace", address + "/32", "via", node.ipv4()).output();
    endings.add(() -> Command.of("ip", "route", "del", address + "/32", "via", node.ipv4()).run());
    return address;
  }

  /** Counts anew, from the requests on that begin now. */
  public void begin() {
    all().forEach(s -> earlier.put(s.client(), s.requests()));
  }

  /** What every client counted since the beginning, once all has ended that began before now. */
  public List<Seen> seen() {
    return all().stream()
        .map(
            s ->
                new Seen(
                    s.node(),
                    s.way(),
                    s.requests().since(earlier.getOrDefault(s.client(), Requests.NONE))))
        .toList();
  }

  /** The clients of which a request failed since the beginning. */
  public List<Seen> failing() {
    return seen().stream().filter(s -> s.requests().failed() > 0).toList();
  }

  /** Counts anew, and waits until every client has made so many requests. */
  public void more(int requests) {
    begin();
    Waiting.on(requests + " more requests of every client", STARTED)
        .until(
            () ->
                seen().stream().allMatch(s -> s.requests().made() >= requests)
                    ? Optional.empty()
                    : Optional.of("some made fewer"));
  }

  private List<Seen> all() {
    return clients.stream().map(c -> new Seen(c.node, c.way, c.counter.settled())).toList();
  }

  /** Requests of all clients together, and those of them that failed. */
  public String summary() {
    List<Seen> all = seen();
    return "%d requests by %d clients on %d nodes, %d failed"
        .formatted(
            all.stream().mapToInt(s -> s.requests().made()).sum(),
            all.size(),
            cluster.nodes().size(),
            all.stream().mapToInt(s -> s.requests().failed()).sum());
  }

  private void awaitAnswers() {
    Waiting.on("an answer to every client", STARTED)
        .until(
            () -> {
              List<Seen> mute =
                  seen().stream()
                      .filter(s -> s.requests().made() == s.requests().failed())
                      .toList();
              return mute.isEmpty() ? Optional.empty() : Optional.of(mute.toString());
            });
  }

  private static Requests total(Map<String, EchoTotals> targets) {
    return new Requests(
        targets.values().stream().mapToInt(EchoTotals::calls).sum(),
        targets.values().stream().mapToInt(EchoTotals::failed).sum(),
        targets.values().stream()
            .flatMap(t -> t.failures().stream())
            .map(f -> f.time() + " " + f.text())
            .sorted()
            .toList());
  }

  /** Ends every client, also when one of them does not end well. */
  @Override
  public void close() {
    RuntimeException failure = null;
    for (Runnable ending : endings.reversed()) {
      try {
        ending.run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    endings.clear();
    clients.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
