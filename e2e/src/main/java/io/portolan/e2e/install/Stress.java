package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Clients of every kind on every node, all the time: a Pod and a process of the node's network,
 * each with short and long connections, TCP and UDP, with and without affinity, both IP families,
 * by ClusterIP and by the NodePort of the own node. Every one of these packets meets the proxy of
 * the client's node. The servers tell who they are, so an answer from the wrong one is noticed.
 */
public final class Stress implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration STARTED = Duration.ofMinutes(2);

  /** Longer than a request may take. */
  private static final Duration SETTLING = Duration.ofSeconds(40);

  /** Requests of each flow that must succeed before anything counts. */
  private static final int WARM = 5;

  private final Cluster cluster;
  private final StressApp app;
  private final Kubectl kubectl;
  private final Map<StressClient, String> clients = new java.util.LinkedHashMap<>();
  private Map<String, StressCounts> earlier = Map.of();

  /**
   * What became of the requests of one client by one way.
   *
   * @param client name of its Pod
   * @param flow for a person
   */
  public record Seen(Node node, String client, String flow, StressCounts counts) {
    String key() {
      return client + " " + flow;
    }

    @Override
    public String toString() {
      String first =
          counts.failures().stream()
              .limit(3)
              .map(f -> "\n    " + f.time() + " " + f.kind() + ": " + f.text())
              .collect(Collectors.joining());
      return "%s %s: %s%s".formatted(client, flow, counts, first);
    }
  }

  private Stress(Cluster cluster) {
    this.cluster = cluster;
    this.kubectl = new Kubectl(cluster);
    this.app = StressApp.on(cluster);
  }

  /**
   * Starts servers and clients, and waits until every flow works; then everything counts. The
   * proxies must serve.
   */
  public static Stress on(Cluster cluster) {
    var stress = new Stress(cluster);
    try {
      stress.start();
      stress.warmUp();
      return stress;
    } catch (RuntimeException e) {
      stress.close();
      throw e;
    }
  }

  private void start() {
    List<String> servers = app.right().stream().map(p -> p.getMetadata().getName()).toList();
    List<StressClient> wanted = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      wanted.add(StressClient.on(node, false, app));
      wanted.add(StressClient.on(node, true, app));
    }
    kubectl.apply(
        wanted.stream()
            .map(client -> client.manifest(INTERVAL, servers))
            .collect(Collectors.joining("---\n")));
    for (StressClient client : wanted) {
      Waiting.on("the stress client " + client.name(), STARTED)
          .until(
              () -> {
                client.report(address(client));
                return Optional.empty();
              });
      clients.put(client, address(client));
    }
  }

  private String address(StressClient client) {
    String ip =
        cluster
            .client()
            .pods()
            .inNamespace(StressApp.NAMESPACE)
            .withName(client.name())
            .get()
            .getStatus()
            .getPodIP();
    if (ip == null) {
      throw new IllegalStateException(client.name() + " has no address yet");
    }
    return ip;
  }

  /** Waits until every flow works, however long some did not, and counts anew. */
  public void warmUp() {
    begin();
    Waiting.on("a good beginning of every flow", STARTED)
        .until(
            () -> {
              List<Seen> bad = failing();
              if (!bad.isEmpty()) {
                begin();
                return Optional.of(bad.toString());
              }
              return lacking(WARM);
            });
    begin();
  }

  private Optional<String> lacking(int requests) {
    List<Seen> few = seen().stream().filter(s -> s.counts().requests() < requests).toList();
    return few.isEmpty() ? Optional.empty() : Optional.of(few.toString());
  }

  /** Counts anew, from the requests on that begin now. */
  public void begin() {
    earlier = all().stream().collect(Collectors.toMap(Seen::key, Seen::counts));
  }

  /** What every flow counted since the beginning, once all has ended that began before now. */
  public List<Seen> seen() {
    return all().stream()
        .map(
            s ->
                new Seen(
                    s.node,
                    s.client,
                    s.flow,
                    s.counts.since(earlier.getOrDefault(s.key(), StressCounts.NONE))))
        .toList();
  }

  /** The flows of which anything failed since the beginning. */
  public List<Seen> failing() {
    return seen().stream().filter(s -> s.counts().bad() > 0).toList();
  }

  /** Waits until every flow has made so many requests more, without counting anew. */
  public void goOn(int requests) {
    Map<String, Integer> before =
        seen().stream().collect(Collectors.toMap(Seen::key, s -> s.counts().requests()));
    Waiting.on(requests + " more requests of every flow", STARTED)
        .until(
            () ->
                seen().stream()
                        .allMatch(
                            s ->
                                s.counts().requests() - before.getOrDefault(s.key(), 0) >= requests)
                    ? Optional.empty()
                    : Optional.of("some made fewer"));
  }

  /** All together since the beginning. */
  public StressCounts total() {
    return seen().stream().map(Seen::counts).reduce(StressCounts.NONE, StressCounts::plus);
  }

  /** So many Services more, which lead to Pods that no client of these may reach. */
  public ManyServices withServices(int number) {
    return ManyServices.on(cluster, number, app.wrong());
  }

  private List<Seen> all() {
    Instant now = Instant.now();
    List<Seen> all = new ArrayList<>();
    clients.forEach(
        (client, ip) ->
            new TreeMap<>(settled(client, ip, now))
                .forEach(
                    (flow, counts) ->
                        all.add(
                            new Seen(
                                client.node(),
                                client.name(),
                                client.flows().getOrDefault(flow, flow),
                                counts))));
    return all;
  }

  private static Map<String, StressCounts> settled(StressClient client, String ip, Instant now) {
    Map<String, StressCounts> last = new TreeMap<>();
    Waiting.on("the end of every request of " + client.name() + " before " + now, SETTLING)
        .until(
            () -> {
              last.putAll(client.report(ip));
              return last.values().stream().allMatch(c -> c.allEndedSince(now))
                  ? Optional.empty()
                  : Optional.of("some are open");
            });
    return last;
  }

  /** Ends the clients and removes the servers. */
  @Override
  public void close() {
    clients.clear();
    kubectl.attempt("delete", "namespace", StressApp.NAMESPACE, "--timeout=100s");
  }
}
