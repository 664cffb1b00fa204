package io.portolan.e2e.demo;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.RolloutWatch;
import io.portolan.e2e.install.SampleApp;
import io.portolan.e2e.install.Traffic;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A good change and a bad one, while clients of every node run. */
final class Rollouts implements Scene {
  private static final String CONFIG = "default";
  private static final Duration BOUND = Duration.ofSeconds(90);

  private static final String GOOD =
      """
      {"spec": {"affinity": {"timeout": "1h"}, "traffic": {"masqueradeAll": true},
                "rollout": {"canary": {"nodes": 1, "soak": "3s"}, "waves": [{"percent": 70}], "soak": "2s"}}}
      """;

  /** The image of the sample application says how it wants to be called, and ends. */
  private static final String CRASHING =
      """
      {"spec": {"agent": {"image": "portolan.io/echo:dev"}}}
      """;

  private static final String MENDED =
      """
      {"spec": {"agent": {"image": null}}}
      """;

  @Override
  public void play(Installation portolan, SampleApp app, Show show) {
    show.title("Clients of every node, for the next two scenes");
    try (var traffic = Traffic.on(portolan.cluster(), app)) {
      show.text(
          "of each node: a Pod through ClusterIPs, and from outside through its NodePort and through a ClusterIP routed to it");
      good(portolan, traffic, show);
      bad(portolan, traffic, show);
    }
  }

  private static void good(Installation portolan, Traffic traffic, Show show) {
    show.title("A good change: canary, one more node, the rest");
    traffic.begin();
    try (var watch = RolloutWatch.of(portolan, show::text)) {
      patch(portolan, show, GOOD);
      watch.await("Complete", BOUND);
      ProxyConfigStatus status = portolan.waitReady(CONFIG, BOUND);
      String revision = Objects.requireNonNull(status.currentRevision());
      List<String> nodes = portolan.cluster().nodes().stream().map(Node::name).toList();
      show.claim(
          watch.given(revision).equals(nodes)
              && watch.phases().containsAll(List.of("Soaking 0", "Soaking 1", "Soaking 2")),
          "three waves, one after the other: " + watch.given(revision));
      show.claim(watch.replaced().isEmpty(), "no agent was restarted or replaced");
    }
    show.claim(traffic.failing().isEmpty(), "meanwhile: " + traffic.summary());
    show.text(portolan.kubectl().run("get", "pxc,npx"));
  }

  private static void bad(Installation portolan, Traffic traffic, Show show) {
    show.title("A bad change: an image of the agent that ends at once");
    traffic.begin();
    String canary = portolan.cluster().nodes().getFirst().name();
    try (var watch = RolloutWatch.of(portolan, show::text)) {
      patch(portolan, show, CRASHING);
      watch.await("RolledBack", BOUND);
      ProxyConfigStatus status = Objects.requireNonNull(portolan.proxyConfig(CONFIG)).getStatus();
      show.claim(
          watch.touched().equals(List.of(canary)), "it reached " + canary + " and no other node");
      show.claim(
          portolan.nodeProxies().stream()
              .allMatch(
                  n ->
                      n.getSpec().revision().equals(status.currentRevision())
                          && Installation.serves(n)),
          "it went away by itself: every node is well at " + status.currentRevision());
      Optional<Condition> stalled = Installation.condition(status.conditions(), "Stalled");
      show.claim(
          stalled.filter(c -> c.getMessage().contains("CrashLoopBackOff")).isPresent(),
          "the status says why: "
              + stalled.map(c -> c.getReason() + ": " + c.getMessage()).orElse("nothing"));
    }
    show.claim(traffic.failing().isEmpty(), "meanwhile: " + traffic.summary());
    show.text(portolan.kubectl().run("get", "pxc,npx"));
    patch(portolan, show, MENDED);
    portolan.waitReady(CONFIG, BOUND);
  }

  private static void patch(Installation portolan, Show show, String json) {
    show.text("kubectl patch pxc default --type=merge -p '" + json.strip() + "'");
    portolan.patch(CONFIG, json);
  }
}
